import Foundation

/// A lock of the kernel on a folder: it ends with its holder, however that ends, and leaves nothing
/// behind. Many may hold it shared, or one alone.
final class FolderLock: Sendable {
  enum Mode: Sendable { case shared, alone }

  let path: String
  private let descriptor: Int32

  /// Only opens the folder.
  init(_ path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Takes the lock, or changes its mode, if that can be done at once.
  func take(_ mode: Mode) throws(FileError) -> Bool {
    if flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 { return true }
    guard errno == EWOULDBLOCK || errno == EINTR else { throw FileError("lock", path) }
    return false
  }

  /// Tries again and again, and gives whether the lock was had: `isPatient` is asked after each
  /// attempt with the seconds since the first, and ends the wait.
  func wait(
    for mode: Mode, while isPatient: (_ seconds: Double) -> Bool
  ) throws(FileError) -> Bool {
    let start = DispatchTime.now().uptimeNanoseconds
    while try !take(mode) {
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      guard isPatient(seconds) else { return false }
      usleep(2_000)
    }
    return true
  }
}

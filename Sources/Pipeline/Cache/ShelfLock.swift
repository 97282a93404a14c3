import Foundation

/// Keeps the rows of artifacts and their files together while both change.
///
/// Whoever stores a result holds it shared from the move of the first file to the commit of the
/// row; whoever removes artifacts holds it alone from the deletion of the rows to that of the
/// files. So a file that a new result relies on is never one that is about to be removed. It is a
/// lock of the kernel on the folder `cas` itself: it ends with its holder and leaves nothing behind.
struct ShelfLock: ~Copyable {
  enum Mode: Int32 {
    case shared, alone

    fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
  }

  private let descriptor: Int32

  /// Waits for at most a minute; holders are done within fractions of a second.
  ///
  /// - Throws: ``StoreError/busy(path:)`` when it takes longer.
  init(_ workspace: Workspace, _ mode: Mode) throws(StoreError) {
    let path = workspace.shelves
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError(FileError("open", path)) }
    for _ in 0..<30_000 {
      if flock(descriptor, mode.operation | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw StoreError(FileError("lock", path))
      }
      usleep(2_000)
    }
    throw .busy(path: path)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

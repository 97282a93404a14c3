import Foundation

/// An exclusive lock that the kernel gives up when its holder dies, however it dies.
struct FileLock: Sendable {
  private let descriptor: Int32
  private let path: String

  /// Takes the lock, or gives `nil` at once when somebody else, in this process or another, has it.
  static func acquire(_ path: String) throws(FileError) -> FileLock? {
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw FileError("create", path) }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        let error = FileError("lock", path)
        close(file)
        if error.code == EWOULDBLOCK { return nil }
        throw error
      }
      // The holder before us may have removed the file between our open and our lock; then we
      // hold a file that nobody else can see.
      var held = stat()
      var visible = stat()
      if fstat(file, &held) == 0, stat(path, &visible) == 0, held.st_ino == visible.st_ino {
        return FileLock(descriptor: file, path: path)
      }
      close(file)
    }
  }

  /// Removes the file, then lets go. Call it once.
  func release() {
    unlink(path)
    close(descriptor)
  }

  /// Whether a living process holds the lock; also when that cannot be found out, for whoever asks
  /// is about to clean up behind a dead one.
  static func isHeld(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return errno != ENOENT }
    defer { close(file) }
    // Shared, which a file that is open for reading allows everywhere.
    return flock(file, LOCK_SH | LOCK_NB) != 0
  }
}

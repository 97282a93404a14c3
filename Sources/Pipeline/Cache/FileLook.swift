import Foundation

/// What a file looks like from outside: as long as it is the same, so is the content, but for
/// changes within the grain of the clock.
struct FileLook: Sendable, Hashable, Codable {
  let size: Int
  /// Nanoseconds since 1970, of the content and of anything about the file.
  let modified: Int
  let changed: Int
  let inode: Int

  init(_ path: String) throws(FileError) {
    var info = stat()
    guard stat(path, &info) == 0 else { throw FileError("examine", path) }
    size = Int(info.st_size)
    modified = info.st_mtim.tv_sec * 1_000_000_000 + info.st_mtim.tv_nsec
    changed = info.st_ctim.tv_sec * 1_000_000_000 + info.st_ctim.tv_nsec
    inode = Int(truncatingIfNeeded: info.st_ino)
  }
}

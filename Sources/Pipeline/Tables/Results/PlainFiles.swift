import Foundation

/// A refused system call with the system's own words for it ("No space left on device").
struct SystemCallError: Error {
  let reason: String

  init() {
    reason = String(cString: strerror(errno))
  }
}

/// The few file operations whose reason of failure must reach the user.
enum PlainFiles {
  /// Makes a folder and those above it; one that exists is fine.
  static func makeFolder(_ folder: URL) throws(SystemCallError) {
    if mkdir(folder.path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, folder.pathComponents.count > 1 else { throw SystemCallError() }
    try makeFolder(folder.deletingLastPathComponent())
    guard mkdir(folder.path, 0o777) == 0 || errno == EEXIST else { throw SystemCallError() }
  }

  static func write(_ data: Data, to file: URL) throws(SystemCallError) {
    guard let stream = fopen(file.path, "wb") else { throw SystemCallError() }
    let written = data.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stream) }
    // Closing flushes, and so is where a full disk may first show.
    let isFlushed = fflush(stream) == 0
    let failure = SystemCallError()
    guard fclose(stream) == 0, isFlushed, written == data.count else { throw failure }
  }

  /// Gives `source` the name `target` in one step, replacing a file or link of that name.
  static func rename(_ source: URL, to target: URL) throws(SystemCallError) {
    guard Foundation.rename(source.path, target.path) == 0 else { throw SystemCallError() }
  }

  /// Replaces the link at `link` in one step: readers see the old target or the new one.
  static func replaceLink(_ link: URL, scratch: URL, target: String) throws(SystemCallError) {
    unlink(scratch.path)
    guard symlink(target, scratch.path) == 0 else { throw SystemCallError() }
    try rename(scratch, to: link)
  }
}

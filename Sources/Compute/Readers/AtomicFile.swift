import Foundation

/// A file that appears whole or not at all: it is written under another name beside its place and
/// then moved there.
enum AtomicFile {
  /// Writes parts one behind another, replacing a file that is there.
  ///
  /// - Parameters:
  ///   - path: where to.
  ///   - front: the first part.
  ///   - parts: the others, each made when its turn comes.
  /// - Throws: the system's refusal with the path (`NSFilePathErrorKey`), from which the runner
  ///   tells what was refused, why, and what to do about it.
  static func replace(
    _ path: String, with front: Data, _ parts: some Sequence<Data>
  ) throws {
    let partial = "\(path).\(UUID().uuidString).partial"
    let file = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw refusal(of: path) }
    do {
      try fill(file, of: path, with: front, parts)
      guard rename(partial, path) == 0 else { throw refusal(of: path) }
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// Writes all parts and closes the file, whatever happens.
  private static func fill(
    _ file: Int32, of path: String, with front: Data, _ parts: some Sequence<Data>
  ) throws {
    do {
      try append(front, to: file, of: path)
      for part in parts { try append(part, to: file, of: path) }
    } catch {
      close(file)
      throw error
    }
    // Some file systems tell only here that there is no room.
    guard close(file) == 0 else { throw refusal(of: path) }
  }

  private static func append(_ data: Data, to file: Int32, of path: String) throws {
    var rest = data[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw refusal(of: path) }
      rest = rest.dropFirst(count)
    }
  }

  /// What the last call of the system refused.
  private static func refusal(of path: String) -> NSError {
    NSError(
      domain: NSPOSIXErrorDomain, code: Int(errno), userInfo: [NSFilePathErrorKey: path])
  }
}

import Foundation
import Synchronization

/// The log file of an attempt, made when the first line is written.
final class AttemptLog: Sendable {
  private let path: String
  private let descriptor = Mutex<Int32>(-1)

  init(_ path: String) {
    self.path = path
  }

  deinit {
    descriptor.withLock { if $0 >= 0 { close($0) } }
  }

  /// A log that cannot be written loses lines but stops no stage.
  func append(_ line: String) {
    descriptor.withLock { file in
      if file < 0 { file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666) }
      let bytes = Array((line + "\n").utf8)
      _ = write(file, bytes, bytes.count)
    }
  }

  /// The last lines of a log, oldest first, out of its last 8 KiB.
  static func tail(_ path: String, lines: Int = 20) -> [String] {
    guard let file = FileHandle(forReadingAtPath: path), let end = try? file.seekToEnd() else {
      return []
    }
    try? file.seek(toOffset: end > 8192 ? end - 8192 : 0)
    guard let data = try? file.readToEnd() else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(lines)
      .map(String.init)
  }
}

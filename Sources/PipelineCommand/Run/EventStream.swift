import Foundation
import Pipeline
import Synchronization

/// Events as newline-delimited JSON: each line complete the moment it is written.
final class EventStream: Sendable {
  /// Owned by the lock, so that lines of several threads do not mix.
  private let output: Mutex<Terminal>
  private let isOurs: Bool

  /// `path` is `-` for standard output; a file is emptied first.
  ///
  /// - Throws: ``StageFailure`` of class `environment`.
  init(_ path: String) throws {
    isOurs = path != "-"
    output = Mutex(
      isOurs
        ? Terminal(descriptor: try OutputFile(path).open(emptied: true)) : .standardOutput)
  }

  deinit {
    if isOurs { output.withLock { _ = close($0.descriptor) } }
  }

  /// Writes one event with the time.
  func write(_ event: Value) {
    guard case .map(var fields) = event else { return }
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    fields["time"] = .string(Date().formatted(style))
    let line = Value.map(fields).canonicalJSON + "\n"
    output.withLock { $0.write(line) }
  }
}

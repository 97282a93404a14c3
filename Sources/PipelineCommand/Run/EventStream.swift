import Foundation
import Pipeline
import Synchronization

/// Events as newline-delimited JSON: each line complete the moment it is written.
final class EventStream: Sendable {
  private struct Output {
    let terminal: Terminal
    /// The system's number for what kept a line from being written.
    var failure: Int32?
  }

  /// Owned by the lock, so that lines of several threads do not mix.
  private let output: Mutex<Output>
  private let path: String
  private let isOurs: Bool

  /// `path` is `-` for standard output; a file is emptied first.
  ///
  /// - Throws: ``StageFailure`` of class `environment`.
  init(_ path: String) throws {
    self.path = path
    isOurs = path != "-"
    output = Mutex(
      Output(
        terminal: isOurs
          ? Terminal(descriptor: try OutputFile(path).open(emptied: true)) : .standardOutput))
  }

  deinit {
    if isOurs { output.withLock { _ = close($0.terminal.descriptor) } }
  }

  /// Writes one event with the time.
  func write(_ event: Value) {
    guard case .map(var fields) = event else { return }
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    fields["time"] = .string(Date().formatted(style))
    let line = Value.map(fields).canonicalJSON + "\n"
    output.withLock { output in
      if let code = output.terminal.failure(ofWriting: line) { output.failure = code }
    }
  }

  /// Says whether all events were written: a run goes on without them.
  ///
  /// - Throws: ``StageFailure`` of class `environment`.
  func finish() throws {
    guard let code = output.withLock({ $0.failure }) else { return }
    throw StageFailure(
      .environment, at: isOurs ? path : "standard output",
      "events cannot be written: \(String(cString: strerror(code)))",
      why: "some of them are missing",
      fix: "free some space, or send them elsewhere with --events")
  }
}

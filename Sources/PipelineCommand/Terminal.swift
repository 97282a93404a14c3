import Foundation
import Pipeline

/// One of the standard streams.
struct Terminal: Sendable {
  static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
  static let standardError = Terminal(descriptor: STDERR_FILENO)

  let descriptor: Int32
  /// Whether it was a terminal at first, which it no longer is once that hangs up.
  private let wasTerminal: Bool

  init(descriptor: Int32) {
    self.descriptor = descriptor
    wasTerminal = isatty(descriptor) == 1
  }

  /// Whether a person watches: a terminal that can move its cursor.
  var isInteractive: Bool {
    isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Whether text here is coloured: by the user's word, else on a terminal unless `NO_COLOR`
  /// forbids it.
  func usesColor(_ mode: ColorMode) -> Bool {
    switch mode {
    case .always: true
    case .never: false
    case .auto:
      isInteractive && ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty ?? true
    }
  }

  /// Columns of the window; 100 when there is none.
  var width: Int { size.columns }

  /// Columns and rows of the window.
  var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return (100, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Writes everything, or as much as the reader at the other end still takes.
  ///
  /// Where standard output has no room, half a table must not pass for a whole one: the program
  /// says so and ends.
  func write(_ text: String) {
    guard let code = failure(ofWriting: text), descriptor == STDOUT_FILENO else { return }
    let failure = StageFailure(
      .environment, at: "standard output",
      "it cannot be written: \(String(cString: strerror(code)))",
      why: "what stands there is not whole", fix: "free some space, or send it elsewhere")
    _ = Terminal.standardError.failure(ofWriting: "error: \(failure)\n")
    Foundation.exit(ExitStatus.environment.rawValue)
  }

  /// The system's number for what kept a text from being written whole; `nil` also where the
  /// reader at the other end has left.
  func failure(ofWriting text: String) -> Int32? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EAGAIN {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&request, 1, -1)
      } else if errno != EINTR {
        let hasLeft = errno == EPIPE || errno == EIO && wasTerminal
        return hasLeft ? nil : errno
      }
    }
    return nil
  }
}

/// Prints on standard output; in place of Swift's own, which loses what goes wrong.
func print(_ text: String, terminator: String = "\n") {
  Terminal.standardOutput.write(text + terminator)
}

import Foundation

/// One of the standard streams.
struct Terminal: Sendable {
  static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
  static let standardError = Terminal(descriptor: STDERR_FILENO)

  let descriptor: Int32

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
  func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }
}

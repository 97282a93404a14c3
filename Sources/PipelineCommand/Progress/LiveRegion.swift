/// Lines at the bottom of a terminal that are drawn over and over, with finished text above.
struct LiveRegion {
  private let terminal: Terminal
  private var drawnCount = 0

  init(_ terminal: Terminal) {
    self.terminal = terminal
  }

  /// Replaces the region's lines; `above` scrolls into the terminal's history first.
  mutating func draw(_ lines: [String], above: [String] = []) {
    // Everything below is cleared first: a line above may wrap and be of any length.
    var text = drawnCount > 0 ? "\u{1B}[\(drawnCount)A\r\u{1B}[0J" : ""
    for line in above + lines { text += line + "\n" }
    drawnCount = lines.count
    terminal.write(text)
  }
}

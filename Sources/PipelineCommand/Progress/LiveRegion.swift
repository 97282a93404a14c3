/// Lines at the bottom of a terminal that are drawn over and over, with finished text above.
struct LiveRegion {
  private let terminal: Terminal
  private var drawnCount = 0

  init(_ terminal: Terminal) {
    self.terminal = terminal
  }

  /// Replaces the region's lines; `above` scrolls into the terminal's history first.
  mutating func draw(_ lines: [String], above: [String] = []) {
    var text = drawnCount > 0 ? "\u{1B}[\(drawnCount)A\r" : ""
    for line in above + lines { text += "\u{1B}[2K\(line)\n" }
    if lines.count + above.count < drawnCount { text += "\u{1B}[0J" }
    drawnCount = lines.count
    terminal.write(text)
  }
}

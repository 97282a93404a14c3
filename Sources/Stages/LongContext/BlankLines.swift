import Compute

/// Where paragraphs of a tokenised text end.
package struct BlankLines: Sendable {
  /// Line feeds of every token that is blanks and line feeds alone.
  private let lineFeeds: [Int32: Int]

  package init(_ lineFeeds: [Int32: Int]) { self.lineFeeds = lineFeeds }

  /// The blank tokens of a vocabulary.
  package init(_ tokenizer: Tokenizer) {
    var lineFeeds: [Int32: Int] = [:]
    for id in 0..<Int32(tokenizer.count) {
      // Every id below the count is a token.
      let bytes = (try? tokenizer.bytes(of: id, specials: false)) ?? []
      guard !bytes.isEmpty, bytes.allSatisfy(Self.blanks.contains) else { continue }
      lineFeeds[id] = bytes.count { $0 == Self.lineFeed }
    }
    self.lineFeeds = lineFeeds
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private static let blanks: Set<UInt8> = [0x20, 0x09, 0x0D, lineFeed]

  /// Whether a blank line ends right before token `place`, and no blank token follows.
  package func end(at place: Int, of tokens: [Int32]) -> Bool {
    guard place < tokens.count, lineFeeds[tokens[place]] == nil else { return false }
    var (found, last) = (0, place - 1)
    while last >= 0, let count = lineFeeds[tokens[last]] {
      found += count
      last -= 1
    }
    return found >= 2
  }
}

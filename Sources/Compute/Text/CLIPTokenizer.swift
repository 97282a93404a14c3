import Foundation

/// The byte-pair tokenizer of CLIP.
///
/// Text is lower-cased, its HTML entities are replaced twice, blanks collapse; words are cut by a
/// fixed pattern, and each becomes bytes of which the last carries an end-of-word mark. The pair
/// with the best rank is merged until no pair has one. Ids: 256 bytes, 256 bytes that end a word,
/// one a merge, start, end.
///
/// - Source: Sennrich et al. 2016; Radford et al. 2021, whose tokenizer it agrees with except for
///   its repair of wrongly decoded text.
package struct CLIPTokenizer: Sendable {
  /// Longest text taken, in characters; longer ones are no captions.
  package static let characterLimit = 100_000
  /// Longest list of merges taken.
  private static let mergeLimit = 1 << 20

  /// The ids that begin and end a text.
  package let start: Int32
  package let end: Int32
  /// Id that two ids merge to; smaller ids merge first.
  private let merges: [Pair: Int32]
  private let byteIDs: [Int32]

  private struct Pair: Hashable {
    let left, right: Int32
  }

  /// Why a list of merges was refused.
  package enum Refusal: Error, Equatable, CustomStringConvertible {
    case badMerge(line: Int, text: String)
    case tooLong(lines: Int)

    package var description: String {
      switch self {
      case .badMerge(let line, let text):
        "line \(line): \"\(text)\" is not two symbols that bytes or earlier lines make\n"
          + "fix: give CLIP's list of merges, best first, one \"left right\" a line"
      case .tooLong(let lines):
        "\(lines) lines of merges, at most \(CLIPTokenizer.mergeLimit) are read\n"
          + "fix: give CLIP's list of 48,894 merges"
      }
    }
  }

  /// A tokenizer of merges, best rank first, one `left right` a line.
  ///
  /// - Throws: the first line that is not a merge of symbols known before it.
  package init(merges text: String) throws(Refusal) {
    let lines = text.split(separator: "\n")
    guard lines.count <= Self.mergeLimit else { throw .tooLong(lines: lines.count) }
    let (bytes, symbols) = Self.symbols
    var ids: [String: Int32] = [:]
    for (id, symbol) in symbols.enumerated() {
      ids[String(symbol)] = Int32(id)
      ids["\(symbol)</w>"] = Int32(256 + id)
    }
    var merges: [Pair: Int32] = [:]
    merges.reserveCapacity(lines.count)
    for (number, line) in lines.enumerated() {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, let left = ids[String(parts[0])], let right = ids[String(parts[1])]
      else { throw .badMerge(line: number + 1, text: String(line.prefix(60))) }
      let id = Int32(512 + number)
      // The first of equal pairs has the better rank.
      merges[Pair(left: left, right: right), default: id] = id
      ids[String(parts[0] + parts[1])] = id
    }
    self.merges = merges
    byteIDs = bytes
    start = Int32(512 + lines.count)
    end = start + 1
  }

  /// Number of ids.
  package var vocabulary: Int { Int(end) + 1 }

  /// The id of each byte, and the character of each id below 256: printable bytes stand for
  /// themselves and come first, the others are the characters from U+0100 on.
  private static var symbols: (ids: [Int32], characters: [Character]) {
    let printable = (0x21...0x7E).map { $0 } + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    let others = (0...255).filter { !printable.contains($0) }
    var ids = [Int32](repeating: 0, count: 256)
    var characters: [Character] = []
    for (id, byte) in (printable + others).enumerated() {
      ids[byte] = Int32(id)
      let scalar = id < printable.count ? byte : 256 + id - printable.count
      characters.append(Unicode.Scalar(UInt32(scalar)).map { Character($0) } ?? " ")
    }
    return (ids, characters)
  }

  /// One word of a text: as written after cleaning, and its ids.
  package struct Word: Sendable, Equatable {
    package let text: String
    package let ids: [Int32]
  }

  /// The words of a text, without start and end.
  package func words(_ text: String) -> [Word] {
    CLIPWords.split(String(text.prefix(Self.characterLimit))).map {
      switch $0 {
      case "<|startoftext|>": Word(text: $0, ids: [start])
      case "<|endoftext|>": Word(text: $0, ids: [end])
      default: Word(text: $0, ids: merged(Array($0.utf8)))
      }
    }
  }

  /// The ids of a text, without start and end.
  package func ids(_ text: String) -> [Int32] { words(text).flatMap(\.ids) }

  /// Merges the pair with the best rank, the first of equals, until none is left.
  private func merged(_ bytes: [UInt8]) -> [Int32] {
    var ids = bytes.map { byteIDs[Int($0)] }
    guard let last = ids.last else { return [] }
    ids[ids.count - 1] = last + 256
    while ids.count > 1 {
      let best = (0..<ids.count - 1).compactMap { place in
        merges[Pair(left: ids[place], right: ids[place + 1])]
      }.min()
      guard let best else { break }
      var result: [Int32] = []
      var place = 0
      while place < ids.count {
        if place + 1 < ids.count,
          merges[Pair(left: ids[place], right: ids[place + 1])] == best
        {
          result.append(best)
          place += 2
        } else {
          result.append(ids[place])
          place += 1
        }
      }
      ids = result
    }
    return ids
  }
}

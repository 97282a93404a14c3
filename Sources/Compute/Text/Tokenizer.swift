/// Byte-level byte-pair encoding, as the vocabulary of a GGUF file defines it (`gpt2` with one of
/// the pre-tokenizers of ``PreTokenizer/Pattern``).
///
/// Text becomes pieces (``PreTokenizer``), a piece its UTF-8 bytes, each byte a token, and
/// neighbouring tokens are merged by rank. Tokens of special meaning are found only when the caller
/// asks for it: text of users and documents is encoded without, or it could end a turn.
package struct Tokenizer: Sendable {
  /// Tokens of a text.
  package struct Encoding: Sendable, Equatable {
    package var ids: [Int32]
    /// Bytes that have no token and became ``Tokenizer/unknown``: control characters.
    package var unknownByteCount: Int

    package init(ids: [Int32] = [], unknownByteCount: Int = 0) {
      self.ids = ids
      self.unknownByteCount = unknownByteCount
    }
  }

  /// The token of a byte that has none.
  package let unknown: Int32
  /// The token behind a text or an answer.
  package let end: Int32
  /// Tokens of special meaning by their text.
  package let specials: [String: Int32]
  /// The bytes that each token stands for.
  private let bytes: [[UInt8]]
  private let isSpecial: [Bool]
  /// The token of each byte, or -1.
  private let byteTokens: [Int32]
  private let merges: PairMerges
  private let pattern: PreTokenizer.Pattern
  /// By first byte, the longest first.
  private let specialsByByte: [[(bytes: [UInt8], id: Int32)]]

  package var count: Int { bytes.count }

  /// Tokens behind which nothing belongs to a text: the one that ends an answer, and the one that
  /// ends a document.
  package var stopIDs: Set<Int32> {
    Set([end] + [specials["<|endoftext|>"]].compactMap { $0 })
  }

  /// The 256 bytes as a vocabulary writes them.
  package static var byteTexts: [String] { ByteAlphabet.scalars.map { String($0) } }

  /// Reads the vocabulary of a model file.
  ///
  /// - Parameter file: with `tokenizer.ggml.model` = `gpt2`.
  /// - Throws: `GGUFError` for another kind of vocabulary, or one that contradicts itself.
  package init(_ file: GGUFFile) throws(GGUFError) {
    _ = try Self.choice(["gpt2": ()], "tokenizer.ggml.model", of: file)
    pattern = try Self.choice(
      Dictionary(uniqueKeysWithValues: PreTokenizer.Pattern.allCases.map { ($0.rawValue, $0) }),
      "tokenizer.ggml.pre", of: file)
    let texts = try file.strings("tokenizer.ggml.tokens")
    let types = try file.integers(
      "tokenizer.ggml.token_type", default: texts.map { _ in Self.normalType })
    guard !texts.isEmpty, types.count == texts.count else {
      throw GGUFError(
        path: file.path, .contradiction("\(texts.count) tokens have \(types.count) types"))
    }
    let last = texts.count - 1
    end = Int32(try file.integer("tokenizer.ggml.eos_token_id", in: 0...last))
    unknown = Int32(
      try file.integer("tokenizer.ggml.unknown_token_id", in: 0...last, default: 0))
    isSpecial = types.map { $0 != Self.normalType }
    specials = Dictionary(
      zip(texts, isSpecial).enumerated().filter { $1.1 }.map { ($1.0, Int32($0)) },
      uniquingKeysWith: { first, _ in first })
    bytes = zip(texts, isSpecial).map { text, isSpecial in
      (isSpecial ? nil : ByteAlphabet.bytes(of: text)) ?? Array(text.utf8)
    }
    let ids = Dictionary(
      zip(bytes, isSpecial).enumerated().filter { !$1.1 }.map { ($1.0, Int32($0)) },
      uniquingKeysWith: { first, _ in first })
    byteTokens = (0...255).map { ids[[UInt8($0)]] ?? -1 }
    merges = try Self.merges(file, ids: ids)
    specialsByByte = Self.byFirstByte(specials)
  }

  private static func choice<Meaning>(
    _ known: [String: Meaning], _ key: String, of file: GGUFFile
  ) throws(GGUFError) -> Meaning {
    let found = try file.string(key)
    guard let meaning = known[found] else {
      throw GGUFError(
        path: file.path,
        .wrongValue(
          key: key, found: "\"\(found)\"",
          expected: known.keys.sorted().map { "\"\($0)\"" }.joined(separator: " or ")))
    }
    return meaning
  }

  /// The type of tokens that text is made of.
  private static let normalType: Int64 = 1

  private static func merges(
    _ file: GGUFFile, ids: [[UInt8]: Int32]
  ) throws(GGUFError) -> PairMerges {
    let texts = try file.strings("tokenizer.ggml.merges")
    var merges = PairMerges(count: texts.count)
    for (rank, text) in texts.enumerated() {
      let parts = text.unicodeScalars.split(separator: " ").map {
        ByteAlphabet.bytes(of: Substring($0))
      }
      guard parts.count == 2, let left = parts[0], let right = parts[1],
        let leftID = ids[left], let rightID = ids[right], let whole = ids[left + right]
      else {
        throw GGUFError(
          path: file.path,
          .contradiction("merge \(rank), \"\(text)\", does not join two tokens to a third"))
      }
      merges.add(leftID, rightID, token: whole)
    }
    return merges
  }

  private static func byFirstByte(
    _ specials: [String: Int32]
  ) -> [[(bytes: [UInt8], id: Int32)]] {
    var table = [[(bytes: [UInt8], id: Int32)]](repeating: [], count: 256)
    for (text, id) in specials.sorted(by: { $0.value < $1.value }) {
      let bytes = Array(text.utf8)
      guard let first = bytes.first else { continue }
      table[Int(first)].append((bytes, id))
    }
    return table.map { $0.sorted { $0.bytes.count > $1.bytes.count } }
  }

  /// The tokens of a text.
  ///
  /// - Parameters:
  ///   - text: any.
  ///   - specials: whether tokens of special meaning are found in it, leftmost and then longest.
  /// - Returns: tokens and how many bytes have none.
  package func encode(_ text: String, specials: Bool = false) -> Encoding {
    let bytes = Array(text.utf8)
    var encoding = Encoding()
    var cache: [[UInt8]: [Int32]] = [:]
    var start = 0
    if specials {
      var place = 0
      while place < bytes.count {
        let rest = bytes[place...]
        let found = specialsByByte[Int(bytes[place])].first { rest.starts(with: $0.bytes) }
        guard let found else {
          place += 1
          continue
        }
        append(bytes[start..<place], to: &encoding, &cache)
        encoding.ids.append(found.id)
        place += found.bytes.count
        start = place
      }
    }
    append(bytes[start...], to: &encoding, &cache)
    return encoding
  }

  private func append(
    _ text: ArraySlice<UInt8>, to encoding: inout Encoding, _ cache: inout [[UInt8]: [Int32]]
  ) {
    let text = Array(text)
    for range in PreTokenizer.pieces(of: text, by: pattern) {
      let piece = Array(text[range])
      let ids: [Int32]
      if let known = cache[piece] {
        ids = known
      } else {
        ids = merges.merged(piece.map { byteTokens[Int($0)] })
        if piece.count <= Self.cachedByteCount { cache[piece] = ids }
      }
      for id in ids {
        encoding.ids.append(id < 0 ? unknown : id)
        if id < 0 { encoding.unknownByteCount += 1 }
      }
    }
  }

  /// Longer pieces hardly come twice.
  private static let cachedByteCount = 32

  /// The bytes of a token; none for one of special meaning unless `specials`.
  ///
  /// - Throws: that there is no such token.
  package func bytes(of id: Int32, specials: Bool) throws(TokenizerError) -> [UInt8] {
    guard id >= 0, id < bytes.count else { throw .idOutside(id, count: bytes.count) }
    return isSpecial[Int(id)] && !specials ? [] : bytes[Int(id)]
  }

  /// The text of tokens; bytes that are not UTF-8 become U+FFFD.
  ///
  /// - Throws: that there is no such token.
  package func decode(
    _ ids: some Sequence<Int32>, specials: Bool = false
  ) throws(TokenizerError) -> String {
    var text: [UInt8] = []
    for id in ids { text += try bytes(of: id, specials: specials) }
    return String(decoding: text, as: UTF8.self)
  }
}

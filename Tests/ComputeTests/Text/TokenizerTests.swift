import Compute
import Foundation
import Testing

@Suite struct TokenizerTests {
  /// Token of a byte: three special tokens come first.
  static func byte(_ character: Character) -> Int32 { Int32(character.asciiValue ?? 0) + 3 }

  /// `ab` is 259, `abab` 260, ` ab` 261, and bytes E9 80, which begin three-byte characters, 262.
  @Test(
    arguments: [
      ("", []), ("ab", [259]), ("abab", [260]), ("ababab", [260, 259]),
      ("ababababab", [260, 260, 259]),
      (" ab", [261]), ("  ab", [byte(" "), 261]), (" abab", [byte(" "), 260]),
      ("b ab1ab", [byte("b"), 261, byte("1"), 259]),
      ("a\u{301}b", [byte("a"), 0xCC + 3, 0x81 + 3, byte("b")]),
      ("\u{9000}", [262, 0x80 + 3]),
      ("<|im_end|>", "<|im_end|>".map(byte)),
    ] as [(String, [Int32])])
  func merges(_ text: String, _ ids: [Int32]) throws {
    let tokenizer = try TinyVocabulary.tokenizer()
    #expect(tokenizer.encode(text) == Tokenizer.Encoding(ids: ids))
    #expect(try tokenizer.decode(ids) == text)
  }

  @Test func specials() throws {
    let tokenizer = try TinyVocabulary.tokenizer()
    let text = "ab <|im_end|><|im_end ab"
    let ids = tokenizer.encode(text, specials: true).ids
    #expect(ids == [259, Self.byte(" "), 2] + "<|im_end".map(Self.byte) + [261])
    #expect(try tokenizer.decode(ids) == "ab <|im_end ab")
    #expect(try tokenizer.decode(ids, specials: true) == text)
  }

  @Test func bytesWithoutTokens() throws {
    let tokenizer = try TinyVocabulary.tokenizer(TinyVocabulary.metadata(without: [4]))
    let encoding = tokenizer.encode("\u{4}\u{4}ab\u{5}")
    #expect(encoding == Tokenizer.Encoding(ids: [0, 0, 258, 4 + 3], unknownByteCount: 2))
  }

  /// Pieces, cut at `|`, by the pattern of the vocabulary.
  @Test(
    arguments: [
      (
        "smollm",
        [
          "In| |1|7|8|9", "I|'m| '|s| we|'ve|'|LL", "a| | b|\t|c|\n\n| d|  ", "x|\u{3000}|y",
          "½|Ⅷ|x|²|٣", "e|\u{301}|t| $|a|...!", "é|—| ü", "a|  |1", "'t|is", " \t| a",
        ]
      ),
      (
        "gpt-2",
        [
          "In| 1789|,| 12|.|5", "I|'m| '|s| we|'ve|'|LL", "a| | b|\t|c|\n\n| d|  ", "½Ⅷ|x|²٣",
          "a| | 1", "a|\t|1", "e|\u{301}|t| $|a|...!",
        ]
      ),
      (
        "qwen2",
        [
          "In| |1|7|8|9", "I|'m| '|s| we|'VE|'LL|'x", "a| | b|\tc|  \n\n|  | d|  ",
          "x|\u{3000}y", "½|Ⅷ|x|²|٣", "e|\u{301}t|$a|...\r\n\n|b| !\n| !\n|\t|?",
          "a| | |1", "a| |\tb", "(see|).\n|a",
        ]
      ),
    ].flatMap { name, cuts in cuts.map { (name, $0) } })
  func pieces(_ pattern: String, _ cut: String) throws {
    // All pieces are tokens, and neighbours would merge if nothing cut between them.
    let pieces = cut.unicodeScalars.split(separator: "|").map { String($0) }
    let text = pieces.joined()
    var metadata = TinyVocabulary.metadata()
    metadata["tokenizer.ggml.pre"] = .string(pattern)
    let whole = Set(pieces.flatMap(Self.prefixes)).sorted { $0.count < $1.count }
    func names(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { TinyVocabulary.bytes[Int($0)] }.joined()
    }
    let joints = Set(zip(pieces, pieces.dropFirst()).map { [$0, $1] })
      .filter { !whole.contains(Array($0.joined().utf8)) }
    metadata["tokenizer.ggml.tokens"] = .strings(
      TinyVocabulary.specials + TinyVocabulary.bytes + whole.map(names)
        + joints.map { names($0.joined().utf8) })
    metadata["tokenizer.ggml.token_type"] = nil
    metadata["tokenizer.ggml.merges"] = .strings(
      whole.map { names($0.dropLast()) + " " + names($0.suffix(1)) }
        + joints.map { $0.map { names($0.utf8) }.joined(separator: " ") })
    let tokenizer = try TinyVocabulary.tokenizer(metadata)
    let found = try tokenizer.encode(text).ids.map { try tokenizer.decode([$0]) }
    #expect(found == pieces)
  }

  /// The beginnings of a text, of two bytes and more.
  private static func prefixes(_ text: String) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    return bytes.count < 2 ? [] : (2...bytes.count).map { Array(bytes.prefix($0)) }
  }

  @Test func longRunsEnd() throws {
    let tokenizer = try TinyVocabulary.tokenizer()
    let ids = tokenizer.encode(String(repeating: "ab", count: 50_000)).ids
    #expect(ids == [Int32](repeating: 260, count: 25_000))
  }

  @Test func streams() throws {
    let tokenizer = try TinyVocabulary.tokenizer()
    var decoder = StreamingDecoder(tokenizer)
    let text = "aé\u{1F600}\u{9000}!"
    let parts = try tokenizer.encode(text).ids.map { try decoder.append($0) }
    #expect(parts == ["a", "", "é", "", "", "", "\u{1F600}", "", "\u{9000}", "!"])
    #expect(try decoder.append(0xC3 + 3) == "")
    #expect(decoder.finish() == "\u{FFFD}")
    #expect(decoder.finish() == "")
  }

  @Test func refusesForeignTokens() throws {
    let tokenizer = try TinyVocabulary.tokenizer()
    let error = #expect(throws: TokenizerError.self) { try tokenizer.decode([5, 263]) }
    #expect(
      error?.description == "token 263 is outside the vocabulary\ntokens are 0...262\n"
        + "fix: use tokens of this model")
    #expect(throws: TokenizerError.idOutside(-1, count: 263)) { try tokenizer.decode([-1]) }
  }

  @Test(arguments: [
    (
      "tokenizer.ggml.model", GGUFValue.string("llama"),
      "key \"tokenizer.ggml.model\" is \"llama\"\nexpected \"gpt2\""
    ),
    (
      "tokenizer.ggml.pre", .string("llama-bpe"),
      "key \"tokenizer.ggml.pre\" is \"llama-bpe\"\n"
        + "expected \"gpt-2\" or \"qwen2\" or \"smollm\""
    ),
    (
      "tokenizer.ggml.merges", .strings(["a c"]),
      "merge 0, \"a c\", does not join two tokens to a third\nthe file contradicts itself"
    ),
    (
      "tokenizer.ggml.token_type", .integers([1], .int32),
      "263 tokens have 1 types\nthe file contradicts itself"
    ),
    (
      "tokenizer.ggml.eos_token_id", .integer(263, .uint32),
      "key \"tokenizer.ggml.eos_token_id\" is 263\nexpected 0...262"
    ),
  ])
  func refusesVocabularies(_ key: String, _ value: GGUFValue, _ words: String) throws {
    var metadata = TinyVocabulary.metadata()
    metadata[key] = value
    let error = #expect(throws: GGUFError.self) { try TinyVocabulary.tokenizer(metadata) }
    #expect(error?.description.contains(": \(words)\nfix: ") == true)
  }
}

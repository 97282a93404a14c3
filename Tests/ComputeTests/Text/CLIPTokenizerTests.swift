import Compute
import Foundation
import Testing

struct CLIPTokenizerTests {
  private struct Cases: Decodable {
    struct Case: Decodable {
      let text: String
      let ids: [Int32]
      let needs_text_fix: Bool
    }
    let sot: Int32
    let eot: Int32
    let cases: [Case]
  }

  /// 30 texts, and the size of the vocabulary: 512 bytes, 48,894 merges, start and end.
  @Test(.enabled(if: RealData.merges != nil, "needs clip/bpe_merges.txt in a data folder"))
  func reference() throws {
    let merges = try String(contentsOfFile: #require(RealData.merges), encoding: .utf8)
    let tokenizer = try CLIPTokenizer(merges: merges)
    #expect(tokenizer.vocabulary == 49_408)
    let file = CLIPFixture.folder.appending(path: "bpe_tokens.json")
    let reference = try JSONDecoder().decode(Cases.self, from: Data(contentsOf: file))
    #expect(tokenizer.start == reference.sot && tokenizer.end == reference.eot)
    for item in reference.cases where !item.needs_text_fix {
      #expect(tokenizer.ids(item.text) == item.ids, "\(item.text)")
    }
  }

  /// Five merges: `a b` 512, `ab c</w>` 513, `l o` 514, `lo w</w>` 515, `b c</w>` 516.
  private static let small = "a b\nab c</w>\nl o\nlo w</w>\nb c</w>\n"

  @Test(
    arguments: [
      ("abc", [513]),  // a b first, though b c</w> fits too
      ("ABC  low", [513, 515]),
      ("lowlow", [514, 86, 515]),  // w in the middle is not w</w>
      ("bc", [516]),
      ("&lt;", [283]),  // <</w>
      ("&amp;lt;", [283]),  // entities are replaced twice
      ("12", [272, 273]),  // digits stand alone
      ("", []),
    ] as [(String, [Int32])])
  func smallMerges(text: String, ids: [Int32]) throws {
    let tokenizer = try CLIPTokenizer(merges: Self.small)
    #expect(tokenizer.ids(text) == ids)
    #expect(tokenizer.start == 517 && tokenizer.end == 518)
  }

  @Test func wordsKeepTheirTokens() throws {
    let words = try CLIPTokenizer(merges: Self.small).words("It's lowlow!")
    #expect(words.map(\.text) == ["it", "'s", "lowlow", "!"])
    #expect(words.map(\.ids.count) == [2, 2, 3, 1])
  }

  @Test(arguments: ["a b\nab", "a b\nx  y", "a zz"]) func refusesWhatIsNoMerge(text: String) {
    let line = text.hasPrefix("a z") ? 1 : 2
    let words = String(text.split(separator: "\n").last ?? "")
    #expect(throws: CLIPTokenizer.Refusal.badMerge(line: line, text: words)) {
      try CLIPTokenizer(merges: text)
    }
  }
}

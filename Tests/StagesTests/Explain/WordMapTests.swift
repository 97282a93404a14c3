import Compute
import Stages
import Testing

/// Word maps of all options against those of the official code.
struct WordMapTests {
  /// Shares first, sums where shares are 0, then the order of the text.
  @Test func ordersWordsOfEqualShare() {
    let caption = ExplainedCaption(
      words: ["a", "red", "circle", "and", "a"], shares: [0, 0.4, 0.6, 0, 0],
      signed: [-0.3, 0.2, 0.3, -0.1, -0.3], cosine: 0)
    #expect(caption.descending == [2, 1, 3, 0, 4])
  }

  private static func words(
    _ set: (inout WordExplainer.Settings) -> Void
  ) throws -> [WordExplainer.Words] {
    let (model, tape) = (
      try ExplainFixture.model(), Tape(lanes: Lanes(1), isRecording: false)
    )
    let image = tape.unitRows(
      model.embeddings(images: .constant(try ExplainFixture.pixels("sq")), on: tape)
    ).value
    var settings = WordExplainer.Settings()
    settings.normRange = .all
    set(&settings)
    return WordExplainer(
      model: model, ids: try ExplainFixture.ids(),
      images: Tensor(concatenatingRows: [image, image, image], rowShape: [24]), lanes: Lanes(2)
    ).words(settings)
  }

  @Test(arguments: 1...3) func agrees(layers: Int) throws {
    let expected = try ExplainFixture.file("expected")
    let variants: [(String, (inout WordExplainer.Settings) -> Void)] = [
      ("merged.words.raw_qk", { $0.heads = .merged }),
      ("merged.words.proj_qk", { ($0.heads, $0.queryKey) = (.merged, .projected) }),
      ("model.words.raw_qk", { _ in }),
      ("model.words.raw_qk.valid_range", { $0.normRange = .valid }),
    ]
    for (name, set) in variants {
      let words = try Self.words {
        set(&$0)
        $0.layers = layers
      }
      for text in 0..<3 {
        let key = "text\(text).n\(layers)"
        expectNear(
          Tensor(words[text].shares), try expected.floats("\(key).\(name)"), "\(key) \(name)")
        let cosine = name.hasPrefix("merged") ? "merged.cosine" : "model.cosine"
        expectNear(
          Tensor([words[text].cosine]), try expected.floats("\(key).\(cosine)"), "\(key) cosine")
      }
    }
    let plain = try Self.words { $0.layers = layers }
    for text in 0..<3 {
      expectNear(
        Tensor(plain[text].signed),
        try expected.floats("text\(text).n\(layers).model.positions.raw_qk.signed"), "signed")
    }
  }

  @Test(arguments: [(2, 1), (3, 2), (4, 3), (12, 8)]) func twoThirdsOfTheBlocks(
    depth: Int, count: Int
  ) {
    #expect(WordExplainer.Settings().count(of: depth) == count)
  }
}

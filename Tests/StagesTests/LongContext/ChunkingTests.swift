import Compute
import Stages
import Testing

struct ChunkingTests {
  /// Nearly equal sizes, never a short tail.
  @Test func sizes() {
    let ranges = ChunkPlan.ranges(count: 10_000, usable: 1900)
    #expect(ranges.map(\.count) == [1667, 1667, 1667, 1667, 1666, 1666])
    #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == 10_000)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    #expect(ChunkPlan.ranges(count: 5, usable: 1900) == [0..<5])
    let overlapping = ChunkPlan.ranges(count: 100, usable: 40, overlap: 10)
    #expect(overlapping == [0..<25, 15..<50, 40..<75, 65..<100])
  }

  /// 1 is a line feed, 2 an empty line, 3 a space: a paragraph ends behind two line feeds.
  @Test func paragraphs() {
    let blank = BlankLines([1: 1, 2: 2, 3: 0])
    let text: [Int32] = [9, 2, 9, 1, 9, 1, 3, 1, 9, 2, 3, 9, 1, 1]
    #expect(text.indices.filter { blank.end(at: $0, of: text) } == [2, 8, 11])
    #expect(!blank.end(at: text.count, of: text))
    var long = [Int32](repeating: 9, count: 400)
    long[50] = 2
    long[195] = 2
    // 136 usable less the reach leave 72: six cuts; the first two have a paragraph's end behind
    // them.
    let ranges = ChunkPlan.aligned(long, usable: 136, blankLines: blank)
    #expect(ranges.map(\.lowerBound) == [0, 51, 134, 196, 268, 334])
    let overlapping = ChunkPlan.aligned(long, usable: 140, overlap: 4, blankLines: blank)
    #expect(overlapping.map(\.lowerBound) == [0, 47, 130, 192, 264, 330])
    #expect((ranges + overlapping).allSatisfy { $0.count <= 140 })
  }

  static let losses = [3.231, 3.187, 3.242, 1.791, 2.828]

  @Test(arguments: [
    (ChunkSelection.lowest_nll, 1, [3]), (.lowest_nll, 3, [1, 3, 4]), (.highest_nll, 1, [2]),
    (.lowest_nll, 9, [0, 1, 2, 3, 4]), (.all, 1, [0, 1, 2, 3, 4]),
  ])
  func selection(select: ChunkSelection, keep: Int, expected: [Int]) {
    var random = SplitMix64(seed: 1)
    #expect(select.chosen(Self.losses, keep: keep, random: &random) == expected)
  }

  @Test func equalLossesPreferTheEarlierChunk() {
    var random = SplitMix64(seed: 1)
    #expect(ChunkSelection.lowest_nll.chosen([2, 1, 1], keep: 1, random: &random) == [1])
    let choices = (0..<UInt64(40)).map { seed -> [Int] in
      var random = SplitMix64(seed: seed)
      return ChunkSelection.random.chosen(Self.losses, keep: 2, random: &random)
    }
    #expect(Set(choices.joined()) == Set(0..<5) && choices.allSatisfy { $0 == $0.sorted() })
  }

  @Test func poolingAndTheLargest() {
    let pooled = TokenScores.pooled([0, 0, 9, 0, 0, 0, 0, 0, 1, 0], kernel: 3)
    #expect(pooled == [0, 9, 9, 9, 0, 0, 0, 1, 1, 1])
    #expect(TokenScores.largest(pooled, count: 4) == [1, 2, 3, 7])
    #expect(TokenScores.largest(pooled, count: 10) == Array(0..<10))
    #expect(
      TokenScores.grouped([[1, 2], [3, 4], [5, 6], [7, 8]], group: 2) == [[4, 6], [12, 14]])
  }

  @Test func budgets() {
    var settings = MethodSettings()
    #expect(settings.budgetTokens(2001) == 1001)
    settings.budget = 512
    #expect(settings.budgetTokens(2000) == 512 && settings.budgetTokens(300) == 300)
    #expect(settings.usable(prefix: 10, question: 5) == 2048 - 27)
  }

  @Test func calibrationRules() {
    #expect(
      CalibrationRule("sink:1-8") == CalibrationRule(region: .sink, layers: 1...8))
    #expect(CalibrationRule("middle:3") == CalibrationRule(region: .middle, layers: 3...3))
    for text in ["sink", "sink:8-1", "sink:0-2", "edge:1-2", "sink:a-b", "sink:1-2-3"] {
      #expect(CalibrationRule(text) == nil, "\(text)")
    }
    let recipe = CalibrationRule.recipe(layers: 30)
    #expect(recipe.map(\.region) == [.middle, .recency, .sink])
    #expect(recipe.map(\.layers) == [1...8, 9...15, 24...30])
  }

  /// One key head, two query heads; regions of 25 tokens in a chunk of 100 (window 1000).
  @Test func outliersByRegion() {
    var settings = MethodSettings()
    settings.window = 1000
    settings.calibration = [
      CalibrationRule(region: .sink, layers: 1...1),
      CalibrationRule(region: .recency, layers: 2...2),
    ]
    let places = [0, 24, 25, 74, 75, 99].map {
      JoinedPlaces.Place(position: $0, length: 100)
    }
    let layout = JoinedPlaces(heads: [[places], [places]])
    // The question's own key comes last and is never dropped.
    let weights: [[Float]] = [
      [0.3, 0.1, 0.3, 0.3, 0.3, 0, 0.9], [0, 0.05, 0.3, 0.3, 0.3, 0.3, 0.9],
    ]
    #expect(layout.outliers(layer: 0, weights: weights, settings) == [[0]])
    #expect(layout.outliers(layer: 1, weights: weights, settings) == [[4, 5]])
    settings.threshold = 0.2
    #expect(layout.outliers(layer: 1, weights: weights, settings) == [[4]])
  }

  /// Formulas of the card for SmolLM2-135M.
  @Test func workOfTheRealModel() {
    let model = LlamaConfiguration(
      vocabulary: 49_152, layers: 30, width: 576, heads: 9, keyHeads: 3, hidden: 1536,
      contextLength: 8192, rotaryBase: 100_000)
    #expect(model.flopsPerToken == 212_336_640)
    #expect(model.attentionFlopsPerKey == 69_120)
    #expect(model.cacheBytesPerToken == 46_080)
    let chunked = 16 * model.flops(reading: 2048)
    #expect(abs(chunked / 9.28e12 - 1) < 1e-3)
    #expect(abs(model.flops(reading: 32_768) / 4.41e13 - 1) < 2e-3)
    let ntk = RotarySettings.stretched(length: 32_768, of: model)
    #expect(abs((ntk.base ?? 0) - 418_294) < 0.5)
    #expect(RotarySettings.interpolated(length: 32_768, of: model).scale == 4)
    #expect(RotarySettings.interpolated(length: 4096, of: model).scale == 1)
  }
}

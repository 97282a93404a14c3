import Compute
import Stages
import Testing

/// All methods on a small random model, where what must agree can be computed twice.
struct LongContextReaderTests {
  /// Two orders of the same float32 sums.
  static let tolerance: Float = 1e-4

  static let configuration = LlamaConfiguration(
    vocabulary: 300, layers: 2, width: 64, heads: 4, keyHeads: 2, hidden: 96, contextLength: 128)

  static func weights() -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    for (name, shape) in configuration.tensorShapes {
      var random = RandomStream.generator(seed: 1, purpose: name)
      let isGain = shape.count == 1
      let size = isGain ? 0.2 : 1.2 / Double(shape[shape.count - 1]).squareRoot()
      weights[name] = Tensor(
        (0..<shape.reduce(1, *)).map { _ in Float((isGain ? 1 : 0) + size * random.gaussian()) },
        shape: Shape(shape))
    }
    return weights
  }

  func model() throws -> LanguageModel {
    try LanguageModel(
      Self.configuration, weights: ReplacedWeights(Self.weights()), lanes: Lanes(2))
  }

  func sample(_ count: Int) -> LongContextSample {
    var random = SplitMix64(seed: 9)
    func tokens(_ count: Int) -> [Int32] {
      (0..<count).map { _ in Int32(random.index(below: 300)) }
    }
    return LongContextSample(
      id: 0, task: "passkey", length: count, depth: 0.5, prefix: tokens(3),
      context: tokens(count), question: tokens(5), answer: "", needle: 0..<1)
  }

  func settings(
    _ method: LongContextMethod, window: Int = 64,
    _ change: (inout MethodSettings) -> Void = { _ in }
  ) -> MethodSettings {
    var settings = MethodSettings()
    settings.method = method
    settings.window = window
    settings.maximumNew = 4
    settings.pool = 3
    change(&settings)
    return settings
  }

  private func read(_ settings: MethodSettings, _ sample: LongContextSample) throws
    -> (ContextReading, LanguageModel.Generation)
  {
    var reader = LongContextReader(model: try model(), settings: settings, lanes: Lanes(2))
    var reading = try reader.read(sample)
    let whole = reading
    return (whole, try reader.answer(&reading, stopIDs: []))
  }

  private func difference(_ a: Tensor, _ b: Tensor) -> Float {
    zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  /// One chunk, nothing evicted: plain prompting, at the same positions. So is every method on a
  /// text that fits.
  @Test(arguments: LongContextMethod.allCases) func shortTextsAreReadPlainly(
    method: LongContextMethod
  ) throws {
    let sample = sample(40)
    let (plain, expected) = try read(settings(.full), sample)
    let (reading, answer) = try read(
      settings(method) {
        $0.temperature = 1
        $0.scale = 1
        $0.budget = 1
      }, sample)
    #expect(difference(reading.hidden, plain.hidden) < Self.tolerance)
    #expect(reading.position == 48 && reading.cache.longest == 48)
    #expect(answer.ids == expected.ids)
    #expect(reading.chunks == (method.isChunked ? [0..<40] : []))
  }

  @Test(arguments: [KeyEviction.parallel, .global])
  func aBudgetOfTheWholeChunkEvictsNothing(compress: KeyEviction) throws {
    let sample = sample(200)
    let (plain, _) = try read(settings(.parallelcomp) { $0.keep = 2 }, sample)
    let (thinned, _) = try read(
      settings(.parallelcomp) {
        $0.keep = 2
        $0.compress = compress
        $0.budget = 1
      }, sample)
    #expect(plain.hidden == thinned.hidden)
    let (half, _) = try read(
      settings(.parallelcomp) {
        $0.keep = 2
        $0.compress = compress
      }, sample)
    let ratio = Double(half.cache.byteCount) / Double(plain.cache.byteCount)
    #expect(ratio > 0.45 && ratio < 0.6)
  }

  /// 200 tokens in windows of 64 leave 52 a chunk: four chunks of 50. The question's second pass
  /// starts behind the longest chunk, instruction included, whatever the cache holds.
  @Test func chunksShareTheirPositions() throws {
    let sample = sample(200)
    for (keep, repeats) in [(1, true), (3, true), (3, false)] {
      let (reading, _) = try read(
        settings(.parallelcomp) {
          $0.keep = keep
          $0.dropsRepeatedPrefix = repeats
        }, sample)
      #expect(reading.chunks.map(\.count) == [50, 50, 50, 50])
      #expect(reading.kept.count == keep && reading.position == 53 + 5)
      #expect(reading.cache.longest == keep * 50 + (repeats ? 3 : 3 * keep) + 5)
    }
  }

  /// Token 7 is an empty line: chunks end behind it where it stands near the planned cut.
  @Test func chunksEndWithParagraphs() throws {
    var sample = sample(500)
    sample.context = sample.context.map { $0 == 7 ? 8 : $0 }
    sample.context[80] = 7
    let (reading, _) = try read(
      settings(.parallelcomp, window: 128) { $0.blankLines = BlankLines([7: 2]) }, sample)
    // 52 of the 116 usable tokens are planned: ten chunks of 50, the second cut at 100.
    #expect(reading.chunks.map(\.lowerBound) == [0, 50, 81] + (3..<10).map { $0 * 50 })
    #expect(reading.chunks.last?.upperBound == 500 && reading.position <= 128)
  }

  /// The kept chunk alone, read plainly, gives the same: keys of the first pass over the question
  /// are gone, and the chunk with the lowest loss was kept.
  @Test func theBestChunkIsReadAsIfAlone() throws {
    let sample = sample(200)
    let (reading, _) = try read(settings(.parallelcomp), sample)
    let best = try #require(reading.kept.first)
    #expect(reading.chunkLosses.min() == reading.chunkLosses[best])
    var alone = sample
    alone.context = Array(sample.context[reading.chunks[best]])
    let (plain, _) = try read(settings(.full), alone)
    #expect(difference(reading.hidden, plain.hidden) < Self.tolerance)
  }

  /// Answering needs no more memory than the reading has, and changes what it holds, not what was
  /// counted.
  @Test(arguments: LongContextMethod.allCases) func answersFollowInPlace(
    method: LongContextMethod
  ) throws {
    var reader = LongContextReader(model: try model(), settings: settings(method), lanes: Lanes(1))
    var reading = try reader.read(sample(200))
    let held = reading.cache.longest
    var seen: [Int32] = []
    let answer = try reader.answer(&reading, stopIDs: []) { seen.append($0) }
    #expect(seen == answer.ids && answer.ids.count == 4)
    #expect(reading.cache.longest == held + 3)
    #expect(reading.cacheByteCount < reading.cache.byteCount)
  }

  /// The same bits on one lane and two.
  @Test(arguments: LongContextMethod.allCases) func lanesDoNotMatter(
    method: LongContextMethod
  ) throws {
    let readings = try [1, 2].map { lanes in
      var reader = LongContextReader(
        model: try model(), settings: settings(method), lanes: Lanes(lanes))
      return try reader.read(sample(300))
    }
    #expect(readings[0].hidden == readings[1].hidden)
  }

  /// Sharper and lighter attention to chunks is not plain attention to them, and a calibration that
  /// takes everything in reach leaves less.
  @Test func choicesHaveEffects() throws {
    let sample = sample(200)
    let (pcw, _) = try read(settings(.pcw), sample)
    let (ape, _) = try read(settings(.ape), sample)
    #expect(difference(pcw.hidden, ape.hidden) > 100 * Self.tolerance)
    let (kept, _) = try read(settings(.parallelcomp) { $0.select = .all }, sample)
    #expect(difference(pcw.hidden, kept.hidden) < Self.tolerance)
    let (calibrated, _) = try read(
      settings(.parallelcomp) {
        $0.select = .all
        $0.calibration = [CalibrationRule(region: .middle, layers: 1...2)]
        $0.threshold = 0.001
      }, sample)
    #expect(calibrated.cache.byteCount < kept.cache.byteCount)
  }

  @Test func rememberedChunksGiveTheSame() throws {
    var reader = LongContextReader(
      model: try model(), settings: settings(.parallelcomp) { $0.compress = .parallel },
      lanes: Lanes(2))
    let first = try reader.read(sample(200))
    let again = try reader.read(sample(200))
    #expect(first.hidden == again.hidden && first.chunkLosses == again.chunkLosses)
  }

  @Test func windowsOfOneSequence() throws {
    let sample = sample(100)
    for method in [LongContextMethod.truncate, .streaming] {
      var part = sample
      let first = method == .truncate ? 26 : 4
      part.context = Array(sample.context.prefix(first) + sample.context.suffix(52 - first))
      let (expected, _) = try read(settings(.full), part)
      let (reading, _) = try read(settings(method), sample)
      #expect(reading.hidden == expected.hidden && reading.position == 60)
    }
  }

  @Test func thinnedCachesKeepTheirBudget() throws {
    let sample = sample(100)
    for method in [LongContextMethod.snapkv, .h2o] {
      let (reading, answer) = try read(settings(method) { $0.budget = 30 }, sample)
      #expect(reading.cache.longest == 35 && reading.position == 108)
      #expect(answer.ids.count == 4)
    }
  }

  /// Beyond the trained context of 128 tokens every method goes on.
  @Test(arguments: LongContextMethod.allCases) func longTexts(method: LongContextMethod) throws {
    let (reading, answer) = try read(
      settings(method) {
        $0.calibration = CalibrationRule.recipe(layers: 2)
        $0.threshold = 0.05
      }, sample(1500))
    #expect(answer.ids.count == 4 && reading.flops > 0)
    if method.isChunked { #expect(reading.position <= 64) }
  }
}

import Compute
import Stages
import Testing

/// Image maps of all methods and options against those of the official code.
struct ImageMapTests {
  private static func explainer(_ image: String) throws -> ImageExplainer {
    let (model, tape) = (
      try ExplainFixture.model(), Tape(lanes: Lanes(1), isRecording: false)
    )
    let texts = tape.unitRows(
      model.embeddings(ids: try ExplainFixture.ids(), texts: 3, on: tape)
    ).value
    return ImageExplainer(
      model: model, images: try ExplainFixture.pixels(image), texts: texts,
      targets: (0..<3).map { .init(image: 0, text: $0) }, lanes: Lanes(2))
  }

  struct Case: Sendable {
    let name: String
    let settings: HeatmapSettings

    init(_ name: String, _ method: HeatmapSettings.Method, _ set: (inout HeatmapSettings) -> Void) {
      var settings = HeatmapSettings(method)
      settings.layers = 1
      set(&settings)
      self.name = name
      self.settings = settings
    }
  }

  static let cases = [
    Case("model.eclip.raw_qk", .gradECLIP) { _ in },
    Case("model.eclip.proj_qk", .gradECLIP) { $0.queryKey = .projected },
    Case("model.eclip.no_spatial", .gradECLIP) { $0.spatial = .none },
    Case("merged.eclip.raw_qk", .gradECLIP) { $0.heads = .merged },
    Case("merged.eclip.proj_qk", .gradECLIP) {
      ($0.heads, $0.queryKey) = (.merged, .projected)
    },
    Case("merged.eclip.no_spatial", .gradECLIP) { ($0.heads, $0.spatial) = (.merged, .none) },
    Case("merged2.eclip.raw_qk", .gradECLIP) { ($0.heads, $0.layers) = (.merged, 2) },
    Case("model.raw_attention", .attention) { _ in },
    Case("merged.raw_attention", .attention) { $0.heads = .merged },
    Case("model.rollout", .rollout) { $0.layers = 0 },
    Case("model.rollout_last_layer", .rollout) { _ in },
    Case("model.game_last_layer", .game) { _ in },
    Case("model.game_all_layers", .game) { $0.layers = 0 },
    Case("model.gradcam", .gradcam) { _ in },
    Case("merged.gradcam", .gradcam) { $0.heads = .merged },
    Case("merged.maskclip", .maskclip) { _ in },
  ]

  @Test(arguments: cases, ["sq", "rect"]) func agrees(item: Case, image: String) throws {
    let maps = try Self.explainer(image).maps(item.settings)
    let expected = try ExplainFixture.file("expected").floats("\(image).\(item.name)")
    // Maps that no text changes are stored once.
    let all =
      expected.count == maps.values.count
      ? expected
      : Tensor(concatenatingRows: [expected, expected, expected], rowShape: [expected.shape[1]])
    expectNear(maps.values, all, item.name)
  }

  @Test(arguments: ["sq", "rect"]) func cosinesOfTheModelAndOfWhatIsExplained(image: String) throws
  {
    let expected = try ExplainFixture.file("expected")
    var settings = HeatmapSettings(.gradECLIP)
    settings.heads = .merged
    for (layers, name) in [(1, "merged"), (2, "merged2")] {
      settings.layers = layers
      let maps = try Self.explainer(image).maps(settings)
      expectNear(
        Tensor(maps.modelCosines), try expected.floats("\(image).cosine"), "cosine")
      expectNear(
        Tensor(maps.explainedCosines), try expected.floats("\(image).\(name).cosine"), name)
    }
  }

  @Test func signedMapAndSpatialWeight() throws {
    let (explainer, expected) = (
      try Self.explainer("sq"), try ExplainFixture.file("expected")
    )
    var settings = HeatmapSettings(.gradECLIP)
    settings.layers = 1
    let signed = explainer.signedMaps(settings)
    expectNear(
      Tensor(signed.layers[0].flatMap { $0 }), try expected.floats("sq.model.eclip.raw_qk.signed"),
      "signed")
    settings.spatial = .none
    let sums = explainer.signedMaps(settings).layers[0]
    let weights = zip(signed.layers[0][1], sums[1]).map { $0 / $1 }
    expectNear(
      Tensor(weights), try expected.floats("sq.model.spatial_weight.raw_qk"), "weight",
      tolerance: 1e-3)
  }

  /// The loosened weight's place taken by attention: g.v times the map of `attention`, which the
  /// fixture holds; centred sums have lost their mean.
  @Test func softmaxWeightAndCentredSums() throws {
    let explainer = try Self.explainer("rect")
    var settings = HeatmapSettings(.gradECLIP)
    (settings.layers, settings.spatial) = (1, .none)
    let sums = explainer.signedMaps(settings).layers[0]
    settings.spatial = .softmax
    let weighted = explainer.signedMaps(settings).layers[0]
    (settings.spatial, settings.centresValues) = (.none, true)
    let centred = explainer.signedMaps(settings).layers[0]
    var attention = HeatmapSettings(.attention)
    attention.layers = 1
    let weights = explainer.maps(attention).values
    for n in 0..<3 {
      let row = weights.rows(n..<n + 1).values
      let mean = sums[n].reduce(0, +) / Float(sums[n].count)
      expectNear(Tensor(weighted[n]), Tensor(zip(sums[n], row).map(*)), "softmax", tolerance: 1e-6)
      expectNear(Tensor(centred[n]), Tensor(sums[n].map { $0 - mean }), "centred", tolerance: 1e-6)
    }
  }

  /// Over all blocks: ReLU of the sum, or the sum of ReLUs, of blocks whose last is that of one.
  @Test func sumsOverAllBlocks() throws {
    let explainer = try Self.explainer("sq")
    var settings = HeatmapSettings(.gradECLIP)
    let layers = explainer.signedMaps(settings).layers
    #expect(layers.count == 3)
    let expected = try ExplainFixture.file("expected").floats("sq.model.eclip.raw_qk.signed")
    expectNear(Tensor(layers[2].flatMap { $0 }), expected, "last")
    for (combine, relu) in [
      (HeatmapSettings.Combine.sumThenReLU, { (x: [Float]) in max(0, x.reduce(0, +)) }),
      (.reluThenSum, { x in x.reduce(0) { $0 + max(0, $1) } }),
    ] {
      settings.combine = combine
      let byHand = (0..<3).flatMap { n in (0..<16).map { i in relu(layers.map { $0[n][i] }) } }
      expectNear(explainer.maps(settings).values, Tensor(byHand), "\(combine)", tolerance: 1e-6)
    }
  }

  /// A bell with a deviation of a quarter of the side: patches of a 4 x 4 grid lie 3/8 and 1/8 of
  /// it from the middle, so that corners have exp(-9/4) and the inner ones exp(-1/4).
  @Test func centreOfTheImage() throws {
    let maps = try Self.explainer("sq").maps(HeatmapSettings(.center)).values
    let (corner, inner, side): (Float, Float, Float) = (0.10539922, 0.7788008, 0.2865048)
    let expected = [corner, side, side, corner, side, inner, inner, side]
    expectNear(
      maps.rows(0..<1), Tensor(expected + expected.reversed()), "center", tolerance: 1e-6)
  }

  /// RISE of two masks: each masked image's cosine times the mask's mean over patches, over 0.5.
  @Test func riseOfTwoMasks() throws {
    let explainer = try Self.explainer("sq")
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    var expected = [[Float]](repeating: [Float](repeating: 0, count: 16), count: 3)
    for index in 0..<2 {
      let mask = ImageExplainer.riseMask(seed: 5, index: index, height: 32, width: 32).values
      #expect(mask.allSatisfy { (0...1).contains($0) } && Set(mask).count > 2)
      let hidden = explainer.images.values.enumerated().map { $1 * mask[$0 / 3] }
      let image = tape.unitRows(
        explainer.model.embeddings(
          images: .constant(Tensor(hidden, shape: [1, 32, 32, 3])), on: tape)
      ).value
      let scores = explainer.texts.matrixProduct(image, transposed: .right, lanes: tape.lanes)
      for n in 0..<3 {
        for patch in 0..<16 {
          let places = (0..<64).map {
            (patch / 4 * 8 + $0 / 8) * 32 + patch % 4 * 8 + $0 % 8
          }
          let share = places.reduce(0) { $0 + mask[$1] } / 64
          expected[n][patch] += scores.values[n] * share / 0.5 / 2
        }
      }
    }
    expectNear(
      explainer.masked(5, masks: 2).values, Tensor(expected.flatMap { $0 }), "rise",
      tolerance: 1e-5)
  }

  /// Every other method gives a finite map of the right size, the same twice.
  @Test(arguments: [
    HeatmapSettings.Method.random, .center, .clipSurgery, .m2ib,
  ])
  func isFiniteAndRepeats(method: HeatmapSettings.Method) throws {
    let explainer = try Self.explainer("rect")
    let maps = explainer.maps(HeatmapSettings(method)).values
    #expect(maps.shape == [3, 5, 7])
    #expect(maps.values.allSatisfy(\.isFinite) && Set(maps.values).count > 10)
    #expect(maps == explainer.maps(HeatmapSettings(method)).values)
  }
}

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

  /// Check H, section 2.4 of the method's card: summed over heads, the gradient of the cosine at
  /// the class row of the attention matrix is g . v. The left side comes from differences here.
  @Test func mapWithoutSpatialWeightIsTheAttentionGradient() throws {
    let model = try ExplainFixture.model()
    let explainer = try Self.explainer("sq")
    var settings = HeatmapSettings(.gradECLIP)
    (settings.layers, settings.spatial) = (1, .none)
    let sums = explainer.signedMaps(settings).layers[0][0]
    let tape = Tape(lanes: Lanes(1), recordsParameters: false)
    let plain = Tape(lanes: Lanes(1), isRecording: false)
    let stream = model.vision.run(
      model.stream(images: .constant(explainer.images), on: plain), blocks: 0..<2,
      model.parameters, on: plain)
    let (embedding, traces) = model.vision.traced(stream, from: 2, model.parameters, on: tape)
    let unit = tape.unitRows(embedding)
    tape.backward(from: unit, seed: explainer.texts.rows(0..<1))
    let trace = try #require(traces.first)
    let gradient = try #require(tape.gradient(of: trace.attended)).values
    let values = trace.values.values
    for patch in 1...16 {
      // dS/dA_h[cls, i] = sum over the head's channels of g_h v_h,i.
      let byHead = (0..<4).map { head in
        (head * 8..<(head + 1) * 8).reduce(0) { $0 + gradient[$1] * values[patch * 32 + $1] }
      }
      #expect(abs(byHead.reduce(0, +) - sums[patch - 1]) < 1e-6)
    }
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

import Compute

/// Grad-ECLIP heat maps of a CLIP whose image tower has the sizes of ViT-B/16 and random weights:
/// eight images of 224 x 224, one text each.
///
/// "Inference" explains the last block alone, which is the forward pass and a short way back;
/// "training" explains all twelve, which goes back through the whole tower, without weights'
/// gradients.
enum HeatmapBenchmark {
  private static let (steps, count) = (3, 8)

  static let models = [
    ModelBenchmark(name: "eclip-vitb16", item: "maps", itemsPerStep: count) { pass, lanes in
      let model = CLIP(
        CLIPConfiguration(
          vision: .init(width: 768, layers: 12, heads: 12),
          text: .init(width: 64, layers: 1, heads: 1), imageSize: 224, patchSize: 16,
          vocabulary: 8, context: 4, joint: 512),
        seed: 0)
      let explainer = explainer(model, lanes)
      var settings = HeatmapSettings(.gradECLIP)
      settings.layers = pass == .inference ? 1 : 0
      let clock = BenchClock(lanes: lanes.count)
      var best = Double.infinity
      for _ in 0..<steps {
        best = min(best, clock.measure { _ = explainer.signedMaps(settings) })
      }
      return best
    }
  ]

  private static func explainer(_ model: CLIP, _ lanes: Lanes) -> ImageExplainer {
    var random = RandomStream.generator(seed: 0, purpose: "benchmark", 3)
    func noise(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.count).map { _ in Float(random.gaussian()) }, shape: shape)
    }
    let texts = Tape(lanes: lanes, isRecording: false).unitRows(.constant(noise([count, 512])))
    return ImageExplainer(
      model: model, images: noise([count, 224, 224, 3]), texts: texts.value,
      targets: (0..<count).map { .init(image: $0, text: $0) }, lanes: lanes)
  }
}

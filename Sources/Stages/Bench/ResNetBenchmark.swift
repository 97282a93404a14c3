import Compute

/// ResNet-18 on 32x32 images in batches of 128.
///
/// The step that is timed is the trainer's own: batch assembly, forward, backward, update.
enum ResNetBenchmark {
  private static let batchSize = 128
  private static let steps = 8

  static let models = [
    model("resnet18-w16", width: 16, stem: .s1), model("resnet18-w16-s2", width: 16, stem: .s2),
    model("resnet18-w64", width: 64, stem: .s1),
  ]

  private static func model(
    _ name: String, width: Int, stem: ResNet18Configuration.Stem
  ) -> ModelBenchmark {
    ModelBenchmark(name: name, item: "images", itemsPerStep: batchSize) { pass, lanes in
      let configuration = ResNet18Configuration(width: width, stem: stem, classCount: 10)
      let classifier = ImageClassifier(
        ResNet18(configuration, seed: 0),
        normalisation: .init(mean: [0, 0, 0], deviation: [1, 1, 1]))
      let images = noise(count: batchSize * steps)
      return pass == .training
        ? trainingSeconds(of: classifier, on: images, lanes: lanes)
        : inferenceSeconds(of: classifier, on: images, lanes: lanes)
    }
  }

  private static func noise(count: Int) -> ByteTensor {
    var random = RandomStream.generator(seed: 0, purpose: "benchmark", 0)
    let pixels = (0..<count * 3 * 32 * 32).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    return ByteTensor(pixels, shape: [count, 3, 32, 32])
  }

  private static func trainingSeconds(
    of classifier: ImageClassifier, on images: ByteTensor, lanes: Lanes
  ) -> Double {
    let trainer = ClassifierTrainer(
      .init(epochs: 1, batchSize: batchSize, learningRate: 1e-3, seed: 0), lanes: lanes)
    var optimiser: any Optimiser = SGD(momentum: 0.9)
    let clock = BenchClock(lanes: lanes.count)
    var last: Double?
    var best = Double.infinity
    do {
      try trainer.train(
        classifier, images: images,
        labels: (0..<images.shape[0]).map { Int32($0 % 10) }, optimiser: &optimiser,
        onStep: { _ in
          let now = clock.now()
          if let last { best = min(best, now - last) }
          last = now
        })
    } catch {
      preconditionFailure("benchmark: \(error)")
    }
    return best
  }

  private static func inferenceSeconds(
    of classifier: ImageClassifier, on images: ByteTensor, lanes: Lanes
  ) -> Double {
    let clock = BenchClock(lanes: lanes.count)
    let best = (0..<4).map { _ in
      clock.measure { _ = classifier.predictions(images, lanes: lanes) }
    }.min()
    return (best ?? .infinity) / Double(steps)
  }
}

import Compute
import Pipeline

/// Images per second of ResNet-18 on 32x32 images, training and inference.
///
/// The step that is timed is the trainer's own: batch assembly, forward, backward, update. The best
/// of the timed steps counts, since whatever else the machine does can only slow a step down.
package struct ResNetBenchmark {
  package struct Outcome {
    package let width: Int
    package let stem: String
    package let lanes: Int
    package let batchSize: Int
    package let trainingImagesPerSecond: Double
    package let inferenceImagesPerSecond: Double

    package var value: Value {
      .map([
        "width": .int(width), "stem": .string(stem), "lanes": .int(lanes),
        "batch": .int(batchSize),
        "training_images_per_second": .double(trainingImagesPerSecond),
        "inference_images_per_second": .double(inferenceImagesPerSecond),
      ])
    }
  }

  /// The networks that are measured: channels of the first stage, and how images enter it.
  package static let networks: [(width: Int, stem: String)] = [
    (16, "s1"), (16, "s2"), (64, "s1"),
  ]
  private static let batchSize = 128
  private static let steps = 8

  /// Measures one network on `lanes` cores.
  ///
  /// - Precondition: `stem` is a stem of ResNet-18.
  package static func measure(width: Int, stem: String, lanes: Int) -> Outcome {
    guard let stemKind = ResNet18Configuration.Stem(rawValue: stem) else {
      preconditionFailure("benchmark: no stem '\(stem)'")
    }
    let configuration = ResNet18Configuration(width: width, stem: stemKind, classCount: 10)
    let classifier = ImageClassifier(
      ResNet18(configuration, seed: 0),
      normalisation: .init(mean: [0, 0, 0], deviation: [1, 1, 1]))
    let images = noise(count: batchSize * steps)
    return Outcome(
      width: width, stem: stem, lanes: lanes, batchSize: batchSize,
      trainingImagesPerSecond: trainingSpeed(of: classifier, on: images, lanes: Lanes(lanes)),
      inferenceImagesPerSecond: inferenceSpeed(of: classifier, on: images, lanes: Lanes(lanes)))
  }

  private static func noise(count: Int) -> ByteTensor {
    var random = RandomStream.generator(seed: 0, purpose: "benchmark", 0)
    let pixels = (0..<count * 3 * 32 * 32).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    return ByteTensor(pixels, shape: [count, 3, 32, 32])
  }

  private static func trainingSpeed(
    of classifier: ImageClassifier, on images: ByteTensor, lanes: Lanes
  ) -> Double {
    let trainer = ClassifierTrainer(
      .init(epochs: 1, batchSize: batchSize, learningRate: 1e-3, seed: 0), lanes: lanes)
    var optimiser: any Optimiser = SGD(momentum: 0.9)
    let clock = ContinuousClock()
    var last: ContinuousClock.Instant?
    var best = Duration.seconds(3600)
    do {
      try trainer.train(
        classifier, images: images,
        labels: (0..<images.shape[0]).map { Int32($0 % 10) }, optimiser: &optimiser,
        onStep: { _ in
          let now = clock.now
          if let last { best = min(best, now - last) }
          last = now
        })
    } catch {
      preconditionFailure("benchmark: \(error)")
    }
    return Double(batchSize) / (best / .seconds(1))
  }

  private static func inferenceSpeed(
    of classifier: ImageClassifier, on images: ByteTensor, lanes: Lanes
  ) -> Double {
    let clock = ContinuousClock()
    let best = (0..<4).map { _ in
      clock.measure { _ = classifier.predictions(images, lanes: lanes) }
    }.min()
    return Double(images.shape[0]) / ((best ?? .seconds(3600)) / .seconds(1))
  }
}

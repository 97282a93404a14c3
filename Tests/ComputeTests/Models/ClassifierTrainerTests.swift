import Compute
import Testing

struct ClassifierTrainerTests {
  private static func settings(epochs: Int, seed: UInt64 = 3) -> ClassifierTrainer.Settings {
    ClassifierTrainer.Settings(
      epochs: epochs, batchSize: 24, learningRate: 2e-3,
      augmentation: Augmentation(cropPadding: 2, flips: true, rotationDegrees: 10), seed: seed)
  }

  /// Images whose class is the brightest of three channels.
  private static func colours(_ count: Int) -> (images: ByteTensor, labels: [Int32]) {
    let labels = (0..<count).map { Int32($0 * 7 % 3) }
    let noise = ImageClassifierTests.images(count, size: 16).values
    let values = noise.enumerated().map { index, value in
      index / 256 % 3 == Int(labels[index / 768]) ? 128 + value / 2 : value / 2
    }
    return (ByteTensor(values, shape: [count, 3, 16, 16]), labels)
  }

  @Test func learnsAndReportsEveryStep() throws {
    let (images, labels) = Self.colours(100)
    let classifier = ImageClassifierTests.classifier()
    var optimiser: any Optimiser = Adam(
      AdamSettings(weightDecay: 5e-4), decay: .decoupled)
    var steps: [ClassifierTrainer.Progress] = []
    let history = try ClassifierTrainer(Self.settings(epochs: 6), lanes: Lanes(2)).train(
      classifier, images: images, labels: labels, optimiser: &optimiser,
      onStep: { steps.append($0) })
    // 100 images in batches of 24: the fifth has 4.
    #expect(steps.count == 30)
    #expect(steps[4].imagesSeen == 100 && steps[4].stepsPerEpoch == 5)
    #expect(history.count == 6 && history.last == steps.last)
    let (first, last) = (history[0], history[5])
    #expect(last.epochLoss < first.epochLoss / 2)
    #expect(last.epochAccuracy > 0.8)
  }

  @Test(arguments: [ResNet18Configuration.Stem.s1, .s2, .im])
  func tenStepsGiveTheSameBitsOnOneAndTwoLanes(stem: ResNet18Configuration.Stem) throws {
    let images = ImageClassifierTests.images(120, seed: 8)
    let labels = (0..<120).map { Int32($0 % 10) }
    func trained(_ lanes: Int) throws -> (losses: [Double], blocks: [Tensor]) {
      let classifier = ImageClassifierTests.classifier(width: 16, stem: stem)
      var optimiser: any Optimiser = Adam(
        AdamSettings(weightDecay: 5e-4), decay: .decoupled)
      var losses: [Double] = []
      try ClassifierTrainer(Self.settings(epochs: 2), lanes: Lanes(lanes)).train(
        classifier, images: images, labels: labels, optimiser: &optimiser,
        onStep: { losses.append($0.batchLoss) })
      return (losses, [classifier.model.parameters.values, classifier.model.statistics.values])
    }
    let (one, two) = (try trained(1), try trained(2))
    #expect(one.losses.count == 10)
    #expect(one.losses == two.losses)
    #expect(one.blocks == two.blocks)
  }

  /// In its own process: the pool's counters belong to all threads of one.
  @Test func allocatesNothingAfterTheFirstStep() async {
    await #expect(processExitsWith: .success) {
      let images = ImageClassifierTests.images(96, seed: 8)
      let labels = (0..<96).map { Int32($0 % 10) }
      var optimiser: any Optimiser = Adam(
        AdamSettings(weightDecay: 5e-4), decay: .decoupled)
      var allocations: [Int] = []
      let settings = ClassifierTrainer.Settings(
        epochs: 3, batchSize: 32, learningRate: 2e-3, seed: 1)
      try ClassifierTrainer(settings, lanes: Lanes(1)).train(
        ImageClassifierTests.classifier(width: 16), images: images, labels: labels,
        optimiser: &optimiser,
        onStep: { _ in allocations.append(StoragePool.shared.statistics.allocationCount) })
      precondition(allocations.count == 9 && allocations[0] == allocations[8], "\(allocations)")
    }
  }

  @Test func stopsWhenCancelledOrDiverged() {
    let (images, labels) = Self.colours(48)
    var optimiser: any Optimiser = SGD()
    var steps = 0
    let trainer = ClassifierTrainer(Self.settings(epochs: 5), lanes: Lanes(1))
    #expect(throws: TrainingFailure.cancelled) {
      try trainer.train(
        ImageClassifierTests.classifier(), images: images, labels: labels, optimiser: &optimiser,
        isCancelled: { steps == 3 }, onStep: { _ in steps += 1 })
    }
    #expect(steps == 3)
    let classifier = ImageClassifierTests.classifier()
    classifier.model.parameters.values.fill(.nan)
    let failure = #expect(throws: TrainingFailure.self) {
      try trainer.train(classifier, images: images, labels: labels, optimiser: &optimiser)
    }
    Self.expectDivergenceInTheFirstStep(failure)
  }

  /// NaN in the first layer alone reaches the loss through every ReLU and batch norm (and the max
  /// pool of stem im).
  @Test(arguments: [ResNet18Configuration.Stem.s2, .im])
  func noticesNaNInTheFirstLayer(stem: ResNet18Configuration.Stem) {
    let (images, labels) = Self.colours(48)
    let classifier = ImageClassifierTests.classifier(stem: stem)
    let parameters = classifier.model.parameters
    for entry in parameters.layout.entries where entry.name == "stem.weight" {
      parameters.setValue(Tensor(repeating: .nan, shape: entry.shape), of: entry)
    }
    var optimiser: any Optimiser = SGD()
    let failure = #expect(throws: TrainingFailure.self) {
      try ClassifierTrainer(Self.settings(epochs: 1), lanes: Lanes(1)).train(
        classifier, images: images, labels: labels, optimiser: &optimiser)
    }
    Self.expectDivergenceInTheFirstStep(failure)
  }

  private static func expectDivergenceInTheFirstStep(
    _ failure: TrainingFailure?, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard case .diverged(step: 1, _) = failure else {
      Issue.record("\(String(describing: failure))", sourceLocation: sourceLocation)
      return
    }
  }

  /// Ruins the parameters after the last loss was taken.
  private struct Ruin: Optimiser {
    mutating func step(_ arena: ParameterArena, learningRate: Double, lanes: Lanes) {
      arena.values.fill(.infinity)
    }
  }

  @Test func noticesARuinousLastStep() {
    let (images, labels) = Self.colours(24)
    var optimiser: any Optimiser = Ruin()
    let failure = #expect(throws: TrainingFailure.self) {
      try ClassifierTrainer(Self.settings(epochs: 1), lanes: Lanes(1)).train(
        ImageClassifierTests.classifier(), images: images, labels: labels, optimiser: &optimiser)
    }
    Self.expectDivergenceInTheFirstStep(failure)
  }

  /// The last stage sees one value a channel of one 16x16 image: its statistics stay.
  @Test func aSingleSmallImageLeavesTheLastStatistics() throws {
    let (images, labels) = Self.colours(1)
    let classifier = ImageClassifierTests.classifier()
    var optimiser: any Optimiser = SGD()
    try ClassifierTrainer(Self.settings(epochs: 1), lanes: Lanes(1)).train(
      classifier, images: images, labels: labels, optimiser: &optimiser)
    let statistics = classifier.model.statistics
    for entry in statistics.layout.entries where entry.name.hasSuffix("norm.variance") {
      let isUntouched = statistics.value(of: entry) == Tensor(repeating: 1, shape: entry.shape)
      #expect(isUntouched == entry.name.hasPrefix("stage4"), "\(entry.name)")
    }
  }
}

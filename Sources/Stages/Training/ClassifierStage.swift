import Compute
import Foundation
import Pipeline

/// `train.classifier`: a ResNet-18 from scratch on a training set, poisoned or clean.
///
/// The defaults are the card's recipe R: width 16, stem `s2`, AdamW, one cycle, three epochs,
/// batches of 128, no augmentation. Augmentation acts after stamping: the attacker controls the
/// data, not the loop. The last checkpoint is kept; choosing by test accuracy would leak test data.
/// First weights, order and augmentation depend on the seed alone, so the rows of one seed are
/// paired.
struct ClassifierStage: Stage {
  static let kind = "train.classifier"
  static let version = 1
  static let summary = "Trains a ResNet-18 from scratch, on a training set with or without poison."
  static let inputs = [
    InputSlot("train", .dataset, help: "training set"),
    InputSlot("overlay", .tensors, isOptional: true, help: "poison, from backdoor.poison"),
    InputSlot("test", .dataset, help: "clean test set"),
  ]
  static let outputs = [
    OutputSlot("model", .model, help: "weights, statistics, normalisation after the last epoch"),
    OutputSlot(
      "history", .table,
      columns: ResultColumns.dataset + ResultColumns.training + [
        Column("epoch", .int, help: "from 1"),
        Column("loss", .double, unit: "nats", direction: .lower, help: "mean over the epoch"),
        ResultColumns.share(
          "train_accuracy", of: "train", .higher, help: "of the network while it learns"),
        ResultColumns.share("test_accuracy", of: "n", .higher, help: "on clean test images"),
        Column("train", .int, help: "training records"),
        Column("n", .int, help: "test images"),
      ], help: "one row per epoch"),
    OutputSlot(
      "scores", .table,
      columns: ResultColumns.dataset + ResultColumns.training + [
        ResultColumns.share("ba", of: "n", .higher, help: "benign accuracy on test images"),
        Column("n", .int, help: "test images"),
        Column("loss", .double, unit: "nats", direction: .lower, help: "of the last epoch"),
        Column("parameters", .int, help: "trainable numbers"),
      ], bound: RecordBound(input: "test", parameter: "test_limit"), help: "one row"),
  ]

  private let network: NetworkParameters
  private let recipe: RecipeParameters
  private let testLimit: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    network = NetworkParameters(&p)
    recipe = RecipeParameters(&p)
    testLimit = p.int(
      "test_limit", default: 10_000, in: 1...Int.max, unit: "images",
      help: "test images, from the first, evaluated after each epoch")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of weights, order and augmentation")
  }

  var estimate: Estimate {
    let configuration = network.configuration(classCount: 10)
    let work = Double(configuration.multiplyAccumulateCount(imageSize: ImageGeometry.side)) * 6
    let activations = network.width * recipe.batch * ImageGeometry.pixelCount * 4 * 12
    return Estimate(
      cpuSeconds: work * 50_000 * Double(recipe.epochs) / 40e9,
      // Values, gradients and the optimiser's two moments, float32 each.
      memoryBytes: activations + configuration.parameterCount * 16 + (640 << 20))
  }

  func run(_ context: StageContext) throws {
    let base = context.input("train")
    let set = try ImageSet(reading: base.url)
    let test = try ImageSet(reading: context.input("test").url).prefix(testLimit)
    let overlay = try context.optionalInput("overlay").map {
      try PoisonOverlay(reading: $0, base: base, count: set.count)
    }
    let records = overlay?.applied(to: set.records) ?? set.records
    let model = ResNet18(
      network.configuration(classCount: set.classes.count), seed: UInt64(seed))
    let trained = TrainedClassifier(
      classifier: ImageClassifier(model, normalisation: network.normalisation),
      provenance: overlay?.provenance ?? .init(), seed: seed)
    let accuracies = try train(trained.classifier, on: records, test: test.records, context)
    try trained.write(to: context.output("model"))

    let leading = set.cells + trained.cells
    var history = Table(columns: Self.outputs[1].columns)
    for (progress, accuracy) in accuracies {
      history.append(
        leading + [
          .int(progress.epoch + 1), .double(progress.epochLoss), .double(progress.epochAccuracy),
          .double(accuracy), .int(records.count), .int(test.count),
        ])
    }
    try history.write(to: context, "history")
    var scores = Table(columns: Self.outputs[2].columns)
    scores.append(
      leading + [
        .measured(accuracies.last?.accuracy), .int(test.count),
        .measured(accuracies.last?.progress.epochLoss),
        .int(model.parameters.layout.parameterCount),
      ])
    try scores.write(to: context, "scores")
  }

  /// Trains in place; gives training and test results of each epoch.
  private func train(
    _ classifier: ImageClassifier, on records: LabelledImages, test: LabelledImages,
    _ context: StageContext
  ) throws -> [(progress: ClassifierTrainer.Progress, accuracy: Double)] {
    let lanes = Lanes(context.lanes)
    let trainer = ClassifierTrainer(recipe.settings(seed: seed), lanes: lanes)
    let total = Double(records.count * recipe.epochs)
    let start = ContinuousClock.now
    var epochs: [(ClassifierTrainer.Progress, Double)] = []
    try trainer.run(
      classifier, on: records, optimiser: recipe.makeOptimiser(), context
    ) { progress in
      // Speed is for the person who watches; no result depends on the clock.
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      context.progress(
        StageProgress(
          Double(progress.imagesSeen) / total, "epoch \(progress.epoch + 1)/\(recipe.epochs)",
          [
            .init("loss", progress.epochLoss),
            .init("images/s", Double(progress.imagesSeen) / max(seconds, 1e-3)),
          ]))
      guard progress.stepsDone == progress.stepsPerEpoch else { return }
      let predictions = classifier.predictions(test.images, lanes: lanes)
      epochs.append(
        (progress, AttackMetrics.accuracy(labels: test.labels, predictions: predictions)))
    }
    return epochs
  }
}

extension ClassifierTrainer {
  /// Trains on labelled records, with failures in the terms of stages.
  ///
  /// - Throws: `StageCancelled`, or ``StageFailure`` when the loss is no longer finite.
  func run(
    _ classifier: ImageClassifier, on records: LabelledImages, optimiser: any Optimiser,
    _ context: StageContext, onStep: (Progress) -> Void
  ) throws {
    var optimiser = optimiser
    do {
      try train(
        classifier, images: records.images, labels: records.labels.map(Int32.init),
        optimiser: &optimiser,
        isCancelled: { context.isStopping }, onStep: onStep)
    } catch {
      throw error.inStages()
    }
  }
}

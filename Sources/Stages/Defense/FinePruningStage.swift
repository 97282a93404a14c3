import Compute
import Foundation
import Pipeline

/// `defense.fine_pruning`: repair of a model by pruning dormant features, then fine-tuning.
///
/// The features that enter the linear layer are ordered by mean activation on clean data; the least
/// active 1 % at a time is set to zero while the accuracy on that data falls by less than 10 %
/// relative. Then the network is fine-tuned on the same clean 5 % of the training set, with the
/// pruned features staying zero. Source: Liu et al. 2018, constants of BackdoorBench.
struct FinePruningStage: Stage {
  static let kind = "defense.fine_pruning"
  static let version = 1
  static let summary =
    "Prunes features that clean data leaves inactive, then fine-tunes and measures again."
  static let inputs = [
    InputSlot("model", .model, help: "from train.classifier"),
    InputSlot("trigger", .tensors, help: "from backdoor.trigger"),
    InputSlot("train", .dataset, help: "clean training set"),
    InputSlot("test", .dataset, help: "clean test set"),
  ]
  static let outputs = [
    OutputSlot(
      "repair", .table,
      columns: ResultColumns.dataset + ResultColumns.training + [
        Column("phase", .string, help: "before, pruned, tuned"),
        Column("pruned", .int, help: "features set to zero"),
        Column("test_intensity", .double, help: "intensity of the test trigger"),
        Column("n", .int, help: "test images of other classes than the target"),
        Column("n_all", .int, help: "test images"),
        ResultColumns.share("asr", of: "n", .lower, help: "attack success"),
        ResultColumns.share("asr_incl", of: "n_all", .lower, help: "over all images"),
        ResultColumns.share("ba", of: "n_all", .higher, help: "benign accuracy"),
      ], help: "one row per phase and test intensity")
  ]

  private let grid: IntensityGrid
  private let target: Int
  private let limit: Int
  private let share: Double
  private let drop: Double
  private let recipe: RecipeParameters
  private let seed: Int

  init(_ p: inout ParameterReader) {
    grid = IntensityGrid(&p, default: [0.5, 0.7, 1], help: "test intensities")
    target = p.int("target", default: 0, in: 0...255, help: "class the attack aims at")
    limit = p.int(
      "limit", default: 1000, in: 1...Int.max, unit: "images", help: "test images, from the first")
    share = p.double(
      "share", default: 0.05, in: .above(0, through: 1), unit: "fraction",
      help: "clean part of the training set")
    drop = p.double(
      "drop", default: 0.1, in: .open(0, 1), unit: "fraction",
      help: "relative loss of accuracy that ends it")
    recipe = RecipeParameters(&p)
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the clean part and its order")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 20, memoryBytes: 1 << 30) }

  func run(_ context: StageContext) throws {
    let attack = try AttackUnderTest(context, grid: grid, target: target, limit: limit)
    let (model, trigger, test) = (attack.model, attack.trigger, attack.set)
    let train = try ImageSet(reading: context.input("train").url)
    let lanes = Lanes(context.lanes)
    var random = RandomStream.generator(seed: UInt64(seed), purpose: "fine pruning")
    let count = max(1, Int(share * Double(train.count)))
    let clean = train.records.gathered(Array(random.permutation(train.count).prefix(count)))
    var table = Table(columns: Self.outputs[0].columns)
    func measure(_ phase: String, pruned: Int) throws {
      try context.checkCancellation()
      let labels = test.records.labels
      let accuracy = AttackMetrics.accuracy(
        labels: labels,
        predictions: model.classifier.predictions(test.records.images, lanes: lanes))
      for intensity in grid.ordered {
        let images = trigger.stamped(test.records.images, intensity: intensity, lanes: lanes)
        let success = AttackMetrics(
          labels: labels, predictions: model.classifier.predictions(images, lanes: lanes),
          target: target)
        table.append(
          test.cells + model.cells + [
            .string(phase), .int(pruned), .double(intensity), .int(success.count),
            .int(success.inclusiveCount), .measured(success.successRate),
            .measured(success.inclusiveRate), .double(accuracy),
          ])
      }
    }
    try measure("before", pruned: 0)
    let pruned = try prune(model.classifier, with: clean, lanes: lanes, context)
    try measure("pruned", pruned: pruned)
    try ClassifierTrainer(recipe.settings(seed: seed), lanes: lanes).run(
      model.classifier, on: clean, optimiser: recipe.makeOptimiser(), context
    ) { progress in
      context.progress(
        StageProgress(
          0.5, "tuning, epoch \(progress.epoch + 1)", [.init("loss", progress.epochLoss)]))
    }
    try measure("tuned", pruned: pruned)
    try table.write(to: context, "repair")
  }

  /// Prunes in place; gives the number of features set to zero.
  private func prune(
    _ classifier: ImageClassifier, with clean: LabelledImages, lanes: Lanes,
    _ context: StageContext
  ) throws -> Int {
    let first = classifier.evaluate(clean.images, lanes: lanes)
    let activity = first.features.rowMean()
    let order = activity.indices.sorted { activity[$0] < activity[$1] }
    let bound =
      (1 - drop)
      * AttackMetrics.accuracy(labels: clean.labels, predictions: first.logits.largestColumns())
    let step = max(1, order.count / 100)
    var pruned = 0
    while pruned + step < order.count {
      try context.checkCancellation()
      let kept = classifier.model.mask
      var mask = kept.values
      for feature in order[pruned..<(pruned + step)] { mask[feature] = 0 }
      classifier.model.mask = Tensor(mask)
      let accuracy = AttackMetrics.accuracy(
        labels: clean.labels, predictions: classifier.predictions(clean.images, lanes: lanes))
      // Only a fall of less than the bound is kept.
      if accuracy <= bound {
        classifier.model.mask = kept
        break
      }
      pruned += step
    }
    return pruned
  }
}

import Compute
import Foundation
import Pipeline

/// `backdoor.eval`: attack success of a model over a grid of test intensities.
struct EvaluateStage: Stage {
  static let kind = "backdoor.eval"
  static let version = 1
  static let summary =
    "Measures benign accuracy and attack success at each test intensity of a trigger."
  static let inputs = [
    InputSlot("model", .model, help: "from train.classifier"),
    InputSlot("trigger", .tensors, help: "from backdoor.trigger"),
    InputSlot("test", .dataset, help: "clean test set"),
  ]
  static let outputs = [
    OutputSlot(
      "asr", .table,
      columns: ResultColumns.dataset + ResultColumns.training + [
        Column("test_intensity", .double, help: "intensity of the test trigger"),
        Column("n", .int, help: "test images of other classes than the target"),
        Column("n_all", .int, help: "test images"),
        ResultColumns.share(
          "asr", of: "n", .higher, help: "stamped images of other classes that get the target"),
        ResultColumns.share(
          "asr_incl", of: "n_all", .higher, help: "the same over all images, as the paper counts"),
        ResultColumns.share(
          "floor", of: "n", help: "unstamped images of other classes that get the target"),
        ResultColumns.share("ba", of: "n_all", .higher, help: "accuracy on unstamped images"),
      ], bound: RecordBound(input: "test", parameter: "limit"),
      help: "one row per test intensity, weak to strong")
  ]

  private let grid: IntensityGrid
  private let target: Int
  private let limit: Int

  init(_ p: inout ParameterReader) {
    grid = IntensityGrid(&p, default: IntensityGrid.tenths, help: "test intensities")
    target = p.int("target", default: 0, in: 0...255, help: "class the attack aims at")
    limit = p.int(
      "limit", default: 10_000, in: 1...Int.max, unit: "images", help: "test images, from the first"
    )
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: 3, memoryBytes: 512 << 20)
  }

  func run(_ context: StageContext) throws {
    let attack = try AttackUnderTest(context, grid: grid, target: target, limit: limit)
    let (model, trigger, set) = (attack.model, attack.trigger, attack.set)
    let lanes = Lanes(context.lanes)
    func metrics(_ images: ByteTensor) -> (AttackMetrics, [Int32]) {
      let predictions = model.classifier.predictions(images, lanes: lanes)
      return (
        AttackMetrics(labels: set.records.labels, predictions: predictions, target: target),
        predictions
      )
    }
    let (clean, predictions) = metrics(set.records.images)
    let accuracy = AttackMetrics.accuracy(
      labels: set.records.labels, predictions: predictions)
    var table = Table(columns: Self.outputs[0].columns)
    for (index, intensity) in grid.ordered.enumerated() {
      try context.checkCancellation()
      context.progress(
        StageProgress(
          Double(index) / Double(grid.ordered.count),
          "intensity \(Value.double(intensity).plainText)"))
      let (stamped, _) = metrics(
        trigger.stamped(set.records.images, intensity: intensity, lanes: lanes))
      table.append(
        set.cells + model.cells + [
          .double(intensity), .int(stamped.count), .int(stamped.inclusiveCount),
          .measured(stamped.successRate), .measured(stamped.inclusiveRate),
          .measured(clean.successRate), .double(accuracy),
        ])
    }
    try table.write(to: context, "asr")
  }
}

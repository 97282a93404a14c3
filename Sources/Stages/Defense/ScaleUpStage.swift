import Compute
import Foundation
import Pipeline

/// `defense.scaleup`: the input-level detector Scale-Up against each test intensity.
struct ScaleUpStage: Stage {
  static let kind = "defense.scaleup"
  static let version = 1
  static let summary =
    "Detects stamped test images by scaled prediction consistency, data-free and data-limited."
  static let inputs = [
    InputSlot("model", .model, help: "from train.classifier"),
    InputSlot("trigger", .tensors, help: "from backdoor.trigger"),
    InputSlot("test", .dataset, help: "clean test set"),
    InputSlot(
      "reference", .dataset, isOptional: true, help: "clean images for the data-limited mode"),
  ]
  static let outputs = [
    OutputSlot(
      "detect", .table, columns: Detection.columns,
      help: "one row per mode, intensity and population"),
    OutputSlot(
      "spc", .table,
      columns: ResultColumns.dataset + ResultColumns.training + [
        Column("images", .string, help: "'clean', or the test intensity"),
        Column("spc", .double, help: "scaled prediction consistency of this bin"),
        Column("count", .int, help: "images in this bin"),
        Column("n", .int, help: "images in all"),
        ResultColumns.share("share", of: "n", help: "count over n"),
      ], help: "histogram over the |S| + 1 possible values"),
  ]

  enum Mode: String, CaseIterable {
    case dataFree = "data_free"
    case dataLimited = "data_limited"

    var detector: Detector { self == .dataFree ? .scaleUpDataFree : .scaleUpDataLimited }
  }

  private let grid: IntensityGrid
  private let target: Int
  private let limit: Int
  private let scales: [Int]
  private let modes: [Mode]
  private let referencePerClass: Int
  private let perClass: Bool
  private let threshold: Double

  init(_ p: inout ParameterReader) {
    grid = IntensityGrid(
      &p, default: [0.5, 0.6, 0.7, 0.8, 0.9, 1], help: "test intensities to detect")
    target = p.int("target", default: 0, in: 0...255, help: "class the attack aims at")
    limit = p.int(
      "limit", default: 1000, in: 1...Int.max, unit: "images", help: "test images, from the first")
    scales = p.ints(
      "scales", default: [3, 5, 7, 9, 11], in: 2...255, help: "factors on the pixel values")
    modes = p.choices(
      "modes", default: [.dataFree], help: "data_limited also needs the input 'reference'")
    referencePerClass = p.int(
      "reference_per_class", default: 100, in: 1...Int.max, unit: "images",
      help: "data_limited: clean images of each class, from the first")
    perClass = p.bool(
      "per_class", default: false,
      help: "data_limited: statistics of the predicted class; global ones cannot change the AUROC")
    threshold = p.double("threshold", default: 0.5, help: "scores strictly above are suspicious")
    for (parameter, isEmpty) in [("scales", scales.isEmpty), ("modes", modes.isEmpty)] where isEmpty
    {
      p.refuse(
        ParameterProblem(
          parameter: parameter, what: "the list is empty", why: "there is nothing to measure",
          fix: "write at least one"))
    }
    refuseRepeated(scales.map(String.init), parameter: "scales", &p)
    refuseRepeated(modes.map(\.rawValue), parameter: "modes", &p)
  }

  private func refuseRepeated(
    _ texts: [String], parameter: String, _ p: inout ParameterReader
  ) {
    for (index, text) in texts.enumerated() where texts.firstIndex(of: text) != index {
      p.refuse(
        ParameterProblem(
          parameter: parameter, index: index, what: "\(text) appears twice",
          why: "it would count twice", fix: "drop one of the two"))
    }
  }

  var estimate: Estimate {
    let passes = Double(limit) * Double((grid.values.count + 2) * (scales.count + 1))
    return Estimate(cpuSeconds: passes / 2000, memoryBytes: AttackUnderTest.memoryBytes)
  }

  func run(_ context: StageContext) throws {
    let attack = try AttackUnderTest(context, grid: grid, target: target, limit: limit)
    let (model, trigger, set) = (attack.model, attack.trigger, attack.set)
    let probe = ConsistencyProbe(
      classifier: model.classifier, scales: scales, lanes: Lanes(context.lanes))
    let statistics =
      modes.contains(.dataLimited) ? try reference(with: probe, context) : nil
    let leading = set.cells + model.cells
    var detect = Table(columns: Self.outputs[0].columns)
    var histogram = Table(columns: Self.outputs[1].columns)
    let clean = probe.outcome(of: set.records.images)
    appendHistogram(clean, named: "clean", leading, to: &histogram)
    for (index, intensity) in grid.ordered.enumerated() {
      try context.checkCancellation()
      let name = Value.double(intensity).plainText
      context.progress(
        StageProgress(Double(index + 1) / Double(grid.ordered.count + 1), "intensity \(name)"))
      let stamped = probe.outcome(
        of: trigger.stamped(set.records.images, intensity: intensity, lanes: probe.lanes))
      appendHistogram(stamped, named: name, leading, to: &histogram)
      for mode in modes {
        func scored(_ outcome: ConsistencyProbe.Outcome) -> ScoredImages {
          outcome.scored(
            labels: set.records.labels, reference: mode == .dataLimited ? statistics : nil)
        }
        let rows = Detection.rows(
          defense: mode.detector, intensity: intensity, stamped: scored(stamped),
          clean: scored(clean), target: target, threshold: threshold, context)
        for row in rows { detect.append(leading + row) }
      }
    }
    try detect.write(to: context, "detect")
    try histogram.write(to: context, "spc")
  }

  /// Statistics of clean images, consistency being measured against their true labels.
  private func reference(
    with probe: ConsistencyProbe, _ context: StageContext
  ) throws -> ScaleUp.Reference {
    func refuse(_ what: String, _ why: String, _ fix: String) -> StageFailure {
      StageFailure(at: "input reference", what, why: why, fix: fix)
    }
    guard let artifact = context.optionalInput("reference") else {
      throw refuse(
        "the mode data_limited has no reference images", "it compares SPC with clean images",
        "connect a clean set to the input 'reference', or drop data_limited from modes")
    }
    let set = try ImageSet(reading: artifact.url)
    let chosen = set.records.indicesByClass(set.classes.count)
      .flatMap { $0.prefix(referencePerClass) }
    guard chosen.count >= 2 else {
      throw refuse(
        "\(chosen.count) reference images", "a deviation needs two", "use a larger reference set")
    }
    let records = set.records.gathered(chosen)
    let outcome = probe.outcome(of: records.images)
    let statistics = ScaleUp.Reference(
      consistency: ScaleUp.consistency(
        of: records.labels.map(Int32.init), scaled: outcome.scaled),
      labels: records.labels, perClass: perClass)
    guard perClass || statistics.deviation > 0 else {
      throw refuse(
        "all \(chosen.count) reference images have SPC \(statistics.mean)",
        "the score divides by their deviation, which is 0",
        "use more reference images, or drop data_limited from modes")
    }
    return statistics
  }

  private func appendHistogram(
    _ outcome: ConsistencyProbe.Outcome, named name: String, _ leading: [Value],
    to table: inout Table
  ) {
    let total = outcome.consistency.count
    for bin in 0...scales.count {
      let value = Double(bin) / Double(scales.count)
      let count = outcome.consistency.count { $0 == value }
      table.append(
        leading + [
          .string(name), .double(value), .int(count), .int(total),
          .double(Double(count) / Double(total)),
        ])
    }
  }
}

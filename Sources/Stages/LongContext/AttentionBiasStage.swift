import Compute
import Foundation
import Pipeline

/// `longctx.attention_bias`: where in the joined chunks the last token of a question looks, before
/// and after calibration.
struct AttentionBiasStage: Stage {
  static let kind = "longctx.attention_bias"
  static let version = 1
  static let summary =
    "Share of attention on the start, middle and end of chunks for each layer, and its curve."
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf"),
    InputSlot("dataset", .dataset, help: "from longctx.make_task"),
  ]
  static let outputs = [
    OutputSlot(
      "regions", .table,
      columns: [
        Column("calibrated", .int, help: "1 after the evictions"),
        Column("layer", .int, help: "from 1"),
        Column("sink", .double, unit: "fraction", help: "weight on the starts of chunks"),
        Column("middle", .double, unit: "fraction", help: "weight between"),
        Column("recency", .double, unit: "fraction", help: "weight on the ends of chunks"),
        Column("question", .double, unit: "fraction", help: "weight on the question itself"),
        Column("evicted", .int, unit: "tokens", help: "fewer than without, over all heads"),
      ], help: "one row per layer, twice"),
    OutputSlot(
      "curve", .table,
      columns: [
        Column("calibrated", .int, help: "1 after the evictions"),
        Column("place", .double, unit: "fraction", help: "of a chunk, middle of a bin"),
        Column("weight", .double, unit: "fraction", help: "mean over layers and heads"),
      ], help: "one row per bin, twice"),
  ]

  /// Bins of a chunk in the curve.
  private static let bins = 50

  private let parameters: MethodParameters
  private let sample: Int

  init(_ p: inout ParameterReader) {
    parameters = MethodParameters(&p)
    sample = p.int("sample", default: 0, in: 0...Int.max, help: "number in the data set")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 60, memoryBytes: 2 << 30) }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let samples = try LongContextDataset.read(context.input("dataset").url)
    guard let sample = samples.first(where: { $0.id == self.sample }) else {
      throw StageFailure(
        at: "parameter sample", "the data set has no sample \(self.sample)",
        why: "it has \(samples.count)", fix: "write sample: 0")
    }
    let source = try LongContextModel(reading: context.input("model"), lanes: lanes)
    var settings = try parameters.settings(for: source, reading: [sample])
    settings.method = .parallelcomp
    var (regions, curve) = (
      Table(columns: Self.outputs[0].columns), Table(columns: Self.outputs[1].columns)
    )
    let calibration =
      settings.calibration.isEmpty
      ? CalibrationRule.recipe(layers: source.model.configuration.layers) : settings.calibration
    var heldBefore: [Int] = []
    for (step, rules) in [[], calibration].enumerated() {
      settings.calibration = rules
      var reader = LongContextReader(model: source.model, settings: settings, lanes: lanes)
      reader.looks = true
      let reading = try LanguageArtifact.computing(at: "sample \(sample.id)") {
        try reader.read(sample) { try context.checkCancellation() }
      }
      let look = AttentionLook(reading, window: settings.window)
      let held = look.layers.map(\.held)
      if step == 0 { heldBefore = held }
      for (layer, share) in look.layers.enumerated() {
        regions.append([
          .int(step), .int(layer + 1), .double(share.sink), .double(share.middle),
          .double(share.recency), .double(share.question), .int(heldBefore[layer] - held[layer]),
        ])
      }
      for (bin, weight) in look.curve(bins: Self.bins).enumerated() {
        curve.append([
          .int(step), .double((Double(bin) + 0.5) / Double(Self.bins)), .double(weight),
        ])
      }
    }
    try regions.write(to: context, "regions")
    try curve.write(to: context, "curve")
  }
}

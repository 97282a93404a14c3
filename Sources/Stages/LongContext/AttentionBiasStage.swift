import Compute
import Foundation
import Pipeline

/// `longctx.attention_bias`: where in the joined chunks the last token of a question looks, before
/// and after calibration.
struct AttentionBiasStage: Stage {
  static let kind = "longctx.attention_bias"
  static let version = 2
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
        Column("calibration", .string, help: "before or after the evictions"),
        Column("layer", .int, help: "from 1"),
        Column("region", .string, help: "of the chunks: sink, middle, recency; or the question"),
        Column("share", .double, unit: "fraction", help: "of the attention, mean over heads"),
        Column("evicted", .int, unit: "tokens", help: "gone after calibration, over all heads"),
      ], help: "one row per layer and region, before and after"),
    OutputSlot(
      "curve", .table,
      columns: [
        Column("calibration", .string, help: "before or after the evictions"),
        Column("place", .double, unit: "fraction", help: "of a chunk, middle of a bin"),
        Column(
          "weight", .double, unit: "fraction",
          help: "of the attention, in the bin of all chunks; mean over layers and heads"),
      ], help: "one row per bin, before and after"),
  ]

  /// Bins of a chunk in the curve.
  private static let bins = 50

  private let parameters: MethodParameters
  private let sample: Int

  init(_ p: inout ParameterReader) {
    parameters = MethodParameters(&p)
    sample = p.int("sample", default: 0, in: 0...Int.max, help: "number in the data set")
  }

  var estimate: Estimate { parameters.estimate(texts: 1) }

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
    var reader = LongContextReader(model: source.model, settings: settings, lanes: lanes)
    reader.looks = true
    var before: AttentionLook?
    for (step, rules) in [("before", []), ("after", calibration)] {
      reader.settings.calibration = rules
      let reading = try LanguageArtifact.computing(at: "sample \(sample.id)") {
        try reader.read(sample) { try context.checkCancellation() }
      }
      let look = AttentionLook(reading, window: settings.window)
      for (index, layer) in look.layers.enumerated() {
        let whole = before?.layers[index] ?? layer
        for region in ChunkRegion.allCases {
          regions.append([
            .string(step), .int(index + 1), .string(region.rawValue),
            .double(layer.shares[region] ?? 0),
            .int((whole.held[region] ?? 0) - (layer.held[region] ?? 0)),
          ])
        }
        regions.append([
          .string(step), .int(index + 1), .string("question"), .double(layer.question), .int(0),
        ])
      }
      for (bin, weight) in look.curve(bins: Self.bins).enumerated() {
        curve.append([
          .string(step), .double((Double(bin) + 0.5) / Double(Self.bins)), .double(weight),
        ])
      }
      before = look
    }
    try regions.write(to: context, "regions")
    try curve.write(to: context, "curve")
  }
}

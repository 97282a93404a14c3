import Compute
import Pipeline

/// `longctx.throughput`: how long reading and answering take, measured.
///
/// The shortest text is read once before the clock runs, and the first step behind a reading is not
/// counted. Times differ from run to run, so the result is kept but never taken for reproducible.
struct ThroughputStage: Stage {
  static let kind = "longctx.throughput"
  static let version = 2
  static let summary = "Measures reading and decoding time of one method for several text lengths."
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf"),
    InputSlot("dataset", .dataset, help: "from longctx.make_task; the first sample of a length"),
  ]
  static let outputs = [
    OutputSlot(
      "throughput", .table,
      columns: EvalStage.methodColumns + [
        Column("length", .int, unit: "tokens", help: "of the text"),
        Column("lanes", .int, help: "cores computed on"),
        Column("rounds", .int, help: "readings, of which the median counts"),
        Column("prefill", .double, unit: "seconds", direction: .lower, help: "reading"),
        Column(
          "per_thousand", .double, unit: "seconds", direction: .lower,
          help: "reading 1,000 tokens"),
        Column(
          "decode", .double, unit: "milliseconds", direction: .lower, help: "one answer token"),
        Column("cache", .double, unit: "MB", direction: .lower, help: "kept for the answer"),
        Column("work", .double, unit: "TFLOP", direction: .lower, help: "of reading, by formula"),
        Column(
          "speed", .double, unit: "GFLOP/s", direction: .higher, help: "work / reading time"),
      ], help: "one row per length")
  ]

  private let parameters: MethodParameters
  private let rounds: Int

  init(_ p: inout ParameterReader) {
    parameters = MethodParameters(&p)
    rounds = p.int(
      "rounds", default: 3, in: 1...25, help: "readings of each length, of which the median counts")
  }

  var isDeterministic: Bool { false }
  var estimate: Estimate { Estimate(cpuSeconds: 300, memoryBytes: 3 << 30) }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let samples = try LongContextDataset.read(context.input("dataset").url)
    let source = try LongContextModel(reading: context.input("model"), lanes: lanes)
    let model = source.model
    let texts = Set(samples.map(\.length)).sorted().compactMap { length in
      samples.first { $0.length == length }
    }
    let settings = try parameters.settings(for: source, reading: texts, times: rounds)
    var table = Table(columns: Self.outputs[0].columns)
    if let shortest = texts.first {
      _ = try measure(shortest, model, settings, context)
    }
    for sample in texts {
      let length = sample.length
      context.progress(StageProgress(0, "\(length) tokens"))
      let readings = try (0..<rounds).map { _ in
        try measure(sample, model, settings, context)
      }
      let decodes = readings.compactMap(\.decode)
      let (cache, work) = (readings[0].cache, readings[0].work)
      let prefill = Summary.quantile(0.5, of: readings.map(\.prefill)) ?? 0
      table.append(
        settings.cells + [
          .int(length), .int(context.lanes), .int(rounds), .double(prefill),
          .double(prefill / Double(length) * 1000),
          .measured(Summary.quantile(0.5, of: decodes)), .double(cache), .double(work),
          .double(work * 1000 / prefill),
        ])
    }
    try table.write(to: context, "throughput")
  }

  /// Seconds of a reading, milliseconds of an answer token behind it, and their means.
  private struct Reading {
    let prefill: Double
    let decode: Double?
    /// MB
    let cache: Double
    /// TFLOP
    let work: Double
  }

  /// One reading, by a new reader, which remembers nothing.
  private func measure(
    _ sample: LongContextSample, _ model: LanguageModel, _ settings: MethodSettings,
    _ context: StageContext
  ) throws -> Reading {
    try LanguageArtifact.computing(at: "sample \(sample.id)") {
      var reader = LongContextReader(
        model: model, settings: settings, lanes: Lanes(context.lanes))
      let start = BenchClock.wall.now()
      var reading = try reader.read(sample) { try context.checkCancellation() }
      let prefill = BenchClock.wall.now() - start
      var times: [Double] = []
      _ = try reader.answer(&reading, stopIDs: []) { _ in times.append(BenchClock.wall.now()) }
      // The first token comes from the reading, the second from a step that warms up.
      let steps = times.count - 2
      let decode = steps > 0 ? (times[times.count - 1] - times[1]) * 1000 / Double(steps) : nil
      return Reading(
        prefill: prefill, decode: decode, cache: Double(reading.cacheByteCount) / 1e6,
        work: reading.flops / 1e12)
    }
  }
}

import Compute
import Pipeline

/// `longctx.throughput`: how long reading and answering take, measured.
///
/// Times differ from run to run, so the result is kept but never taken for reproducible.
struct ThroughputStage: Stage {
  static let kind = "longctx.throughput"
  static let version = 1
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
      "rounds", default: 1, in: 1...25, help: "readings of each length, of which the median counts")
  }

  var isDeterministic: Bool { false }
  var estimate: Estimate { Estimate(cpuSeconds: 300, memoryBytes: 3 << 30) }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let samples = try LongContextDataset.read(context.input("dataset").url)
    let source = try LongContextModel(reading: context.input("model"), lanes: lanes)
    let model = source.model
    let settings = try parameters.settings(for: model.configuration)
    var table = Table(columns: Self.outputs[0].columns)
    for length in Set(samples.map(\.length)).sorted() {
      guard let sample = samples.first(where: { $0.length == length }) else { continue }
      try parameters.check(sample, model.configuration)
      context.progress(StageProgress(0, "\(length) tokens"))
      var (times, decodes): ([Double], [Double]) = ([], [])
      var cache = 0.0
      var work = 0.0
      for _ in 0..<rounds {
        // A new reader remembers nothing.
        var reader = LongContextReader(model: model, settings: settings, lanes: lanes)
        let start = BenchClock.wall.now()
        let reading = try reader.read(sample) { try context.checkCancellation() }
        let middle = BenchClock.wall.now()
        let answer = try reader.answer(reading, stopIDs: [])
        let end = BenchClock.wall.now()
        times.append(middle - start)
        decodes.append((end - middle) * 1000 / Double(max(1, answer.ids.count)))
        cache = Double(reading.cache.byteCount) / 1e6
        work = reading.flops / 1e12
      }
      let prefill = Summary.quantile(0.5, of: times) ?? 0
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
}

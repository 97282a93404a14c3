import Compute
import Foundation
import Pipeline

/// `longctx.throughput`: how long reading and answering take and how much memory, measured; the
/// answers beside.
///
/// The beginning of a text, one window of it, is read before the clock runs, and the first step
/// behind a reading is not counted. Times differ from run to run, so the result is kept but never
/// taken for reproducible; `longctx.eval` gives the same answers reproducibly.
struct ThroughputStage: Stage {
  static let kind = "longctx.throughput"
  static let version = 3
  static let summary =
    "Measures time and memory of reading and answering with one method, by text length."
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf"),
    InputSlot("dataset", .dataset, help: "from longctx.make_task; the first sample of a length"),
  ]
  static let outputs = [throughput] + EvalStage.outputs
  private static let throughput =
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
        Column(
          "memory", .double, unit: "MB", direction: .lower,
          help: "the most that the process has held so far, the model's weights included"),
        Column("work", .double, unit: "TFLOP", direction: .lower, help: "of reading, by formula"),
        Column(
          "speed", .double, unit: "GFLOP/s", direction: .higher, help: "work / reading time"),
      ], help: "one row per length")

  private let parameters: MethodParameters
  private let rounds: Int

  init(_ p: inout ParameterReader) {
    parameters = MethodParameters(&p)
    rounds = p.int(
      "rounds", default: 3, in: 1...25, help: "readings of each length, of which the median counts")
  }

  var isDeterministic: Bool { false }
  var estimate: Estimate { parameters.estimate(texts: 1, times: rounds) }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let samples = try LongContextDataset.read(context.input("dataset").url)
    let source = try LongContextModel(reading: context.input("model"), lanes: lanes)
    let texts = Set(samples.map(\.length)).sorted().compactMap { length in
      samples.first { $0.length == length }
    }
    let settings = try parameters.settings(for: source, reading: texts, times: rounds)
    var table = Table(columns: Self.throughput.columns)
    var tables = EvalTables(settings)
    if let shortest = texts.first {
      var beginning = shortest
      beginning.context = Array(shortest.context.prefix(settings.window))
      _ = try measure(beginning, source.model, settings, context)
    }
    for sample in texts {
      context.progress(StageProgress(0, "\(sample.length) tokens"))
      var rows: [Measured] = []
      for round in 0..<rounds {
        let (reading, ids, measured) = try measure(sample, source.model, settings, context)
        rows.append(measured)
        guard round == 0 else { continue }
        let answer = ids.prefix { !source.stopIDs.contains($0) }
        tables.add(sample, reading, AnswerScore(try source.tokenizer.decode(answer), for: sample))
      }
      table.append(settings.cells + cells(sample.length, rows, lanes: context.lanes))
    }
    try table.write(to: context, "throughput")
    try tables.write(to: context)
  }

  /// What one reading and its answer took.
  private struct Measured {
    let prefillSeconds: Double
    /// Of an answer token; nil for answers too short to tell.
    let decodeMilliseconds: Double?
    let cacheMegabytes: Double
    let memoryMegabytes: Double?
    let teraFlops: Double
  }

  private func cells(_ length: Int, _ rounds: [Measured], lanes: Int) -> [Value] {
    let prefill = Summary.quantile(0.5, of: rounds.map(\.prefillSeconds)) ?? 0
    return [
      .int(length), .int(lanes), .int(rounds.count), .double(prefill),
      .double(prefill / Double(length) * 1000),
      .measured(Summary.quantile(0.5, of: rounds.compactMap(\.decodeMilliseconds))),
      .double(rounds[0].cacheMegabytes), .measured(rounds.compactMap(\.memoryMegabytes).max()),
      .double(rounds[0].teraFlops), .double(rounds[0].teraFlops * 1000 / prefill),
    ]
  }

  /// One reading, by a new reader, which remembers nothing, and all answer tokens that may come.
  private func measure(
    _ sample: LongContextSample, _ model: LanguageModel, _ settings: MethodSettings,
    _ context: StageContext
  ) throws -> (ContextReading, [Int32], Measured) {
    try LanguageArtifact.computing(at: "sample \(sample.id)") {
      var reader = LongContextReader(
        model: model, settings: settings, lanes: Lanes(context.lanes))
      let start = BenchClock.wall.now()
      var reading = try reader.read(sample) { try context.checkCancellation() }
      let prefill = BenchClock.wall.now() - start
      var times: [Double] = []
      let answer = try reader.answer(&reading, stopIDs: []) { _ in
        times.append(BenchClock.wall.now())
      }
      // The first token comes from the reading, the second from a step that warms up.
      let steps = times.count - 2
      return (
        reading, answer.ids,
        Measured(
          prefillSeconds: prefill,
          decodeMilliseconds: steps > 0
            ? (times[times.count - 1] - times[1]) * 1000 / Double(steps) : nil,
          cacheMegabytes: Double(reading.cacheByteCount) / 1e6,
          memoryMegabytes: ProcessMemory.bytes("VmHWM", of: getpid()).map { Double($0) / 1e6 },
          teraFlops: reading.flops / 1e12)
      )
    }
  }
}

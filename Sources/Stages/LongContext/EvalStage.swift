import Compute
import Foundation
import Pipeline

/// `longctx.eval`: asks a model about long texts, read with one method.
///
/// Source: Xiong et al. 2025 (ParallelComp); the other methods as named there. Queries grouped over
/// a key head share its cache: scores of a key head are sums over its query heads.
struct EvalStage: Stage {
  static let kind = "longctx.eval"
  static let version = 2
  static let summary =
    "Answers questions about long texts with one method and records which chunks it chose."
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf"),
    InputSlot("dataset", .dataset, help: "from longctx.make_task"),
  ]
  static let methodColumns = [
    Column("method", .string, help: "how the text was read"),
    Column("window", .int, unit: "tokens", help: "attended to at once"),
    Column("select", .string, help: "rule that kept chunks; empty unless chunked"),
    Column("keep", .int, unit: "chunks", help: "kept; 0: all"),
    Column("compress", .string, help: "where keys were evicted; empty unless chunked"),
    Column("calibrate", .string, help: "rules of calibration; empty for none"),
  ]
  static let outputs = [
    OutputSlot(
      "samples", .table,
      columns: methodColumns + [
        Column("task", .string, help: "what was hidden"),
        Column("length", .int, unit: "tokens", help: "of the text"),
        Column("depth", .double, unit: "fraction", help: "where the needle stands"),
        Column("sample", .int, help: "number in the data set"),
        Column("text", .int, help: "number of the text among those of its length"),
        Column("correct", .int, direction: .higher, help: "1 if the answer is right"),
        Column("distractor", .int, direction: .lower, help: "1 if it answers another question"),
        Column("given", .string, help: "the part of the answer that counts"),
        Column("expected", .string, help: "the answer"),
        Column("selected_gold", .int, direction: .higher, help: "1 if the needle's chunk was kept"),
        Column("gold_rank", .int, direction: .lower, help: "of its loss among all chunks, from 1"),
        Column(
          "nll_margin", .double, unit: "nats", direction: .higher,
          help: "lowest loss of the other chunks minus the needle chunk's"),
        Column("needle_split", .int, help: "1 if a chunk border cuts the needle"),
        Column("chunks", .int, unit: "chunks", help: "read"),
        Column("cache", .double, unit: "MB", direction: .lower, help: "kept for the answer"),
        Column("work", .double, unit: "TFLOP", direction: .lower, help: "of reading, by formula"),
      ], help: "one row per question"),
    OutputSlot(
      "chunks", .table,
      columns: methodColumns + [
        Column("length", .int, unit: "tokens", help: "of the text"),
        Column("sample", .int, help: "number in the data set"),
        Column("chunk", .int, help: "in document order, from 0"),
        Column("tokens", .int, unit: "tokens", help: "of text in it"),
        Column("nll", .double, unit: "nats", help: "mean loss of the question behind it"),
        Column("gold", .int, help: "1 if it holds the needle or a part of it"),
        Column("kept", .int, help: "1 if it was kept"),
      ], help: "one row per chunk; empty unless chunked"),
    OutputSlot(
      "accuracy", .table,
      columns: methodColumns + [
        Column("task", .string, help: "what was hidden"),
        Column("length", .int, unit: "tokens", help: "of the texts"),
        Column("n", .int, help: "questions"),
        ResultColumns.share("accuracy", of: "n", .higher, help: "right answers"),
        Column("low", .double, unit: "fraction", help: "lower bound, Wilson 95 %"),
        Column("high", .double, unit: "fraction", help: "upper bound, Wilson 95 %"),
        ResultColumns.share("gold", of: "n", .higher, help: "the needle's chunk was kept"),
        Column("gold_n", .int, help: "questions whose chunk was kept"),
        ResultColumns.share(
          "given_gold", of: "gold_n", .higher, help: "right answers among those"),
      ], help: "one row per task and length"),
    OutputSlot(
      "depths", .table,
      columns: methodColumns + [
        Column("task", .string, help: "what was hidden"),
        Column("length", .int, unit: "tokens", help: "of the texts"),
        Column("depth", .double, unit: "fraction", help: "where the needle stands"),
        Column("n", .int, help: "questions"),
        ResultColumns.share("accuracy", of: "n", .higher, help: "right answers"),
        ResultColumns.share("gold", of: "n", .higher, help: "the needle's chunk was kept"),
      ], help: "one row per task, length and depth"),
  ]

  private let parameters: MethodParameters

  init(_ p: inout ParameterReader) { parameters = MethodParameters(&p) }

  var estimate: Estimate { parameters.estimate() }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let samples = try LongContextDataset.read(context.input("dataset").url)
    let source = try LongContextModel(reading: context.input("model"), lanes: lanes)
    let settings = try parameters.settings(for: source, reading: samples)
    var reader = LongContextReader(model: source.model, settings: settings, lanes: lanes)
    var tables = EvalTables(settings)
    for (index, sample) in samples.enumerated() {
      context.progress(
        StageProgress(
          Double(index) / Double(samples.count), "\(sample.length) tokens, sample \(index)"))
      var reading = try LanguageArtifact.computing(at: "sample \(sample.id)") {
        try reader.read(sample) { try context.checkCancellation() }
      }
      if settings.method == .parallelcomp, reading.chunks.count == 1 {
        context.log("sample \(sample.id) fits in one chunk: nothing to choose")
      }
      let ids = try LanguageArtifact.computing(at: "sample \(sample.id)") {
        try reader.answer(&reading, stopIDs: source.stopIDs).ids
      }
      tables.add(sample, reading, AnswerScore(try source.tokenizer.decode(ids), for: sample))
    }
    try tables.write(to: context)
  }
}

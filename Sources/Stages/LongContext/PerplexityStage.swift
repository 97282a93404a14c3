import Compute
import Foundation
import Pipeline

/// `longctx.perplexity`: how well the end of a text is predicted from all that stands before it.
///
/// The last tokens of the first N are the question; its tokens but the first are scored, since only
/// they are predicted from tokens that every method has at hand.
struct PerplexityStage: Stage {
  static let kind = "longctx.perplexity"
  static let version = 1
  static let summary = "Perplexity of the end of texts of several lengths, read with one method."
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf"),
    InputSlot("text", .text, help: "as many texts as samples are cut from it"),
  ]
  static let outputs = [
    OutputSlot(
      "perplexity", .table,
      columns: EvalStage.methodColumns + [
        Column("length", .int, unit: "tokens", help: "of the text, its end included"),
        Column("samples", .int, help: "texts"),
        Column("tokens", .int, unit: "tokens", help: "scored"),
        Column("nll", .double, unit: "nats", direction: .lower, help: "mean over all of them"),
        Column("perplexity", .double, direction: .lower, help: "e^nll"),
        Column("cache", .double, unit: "MB", direction: .lower, help: "kept for what follows"),
        Column("work", .double, unit: "TFLOP", direction: .lower, help: "of a text, by formula"),
      ], help: "one row per length")
  ]

  private let parameters: MethodParameters
  private let lengths: [Int]
  private let questionLength: Int
  private let samples: Int

  init(_ p: inout ParameterReader) {
    parameters = MethodParameters(&p)
    lengths = p.ints(
      "lengths", default: [4096, 8192, 16_384], in: 512...131_072, unit: "tokens",
      help: "of the texts")
    questionLength = p.int(
      "query_len", default: 256, in: 2...1024, unit: "tokens", help: "scored, from the end")
    samples = p.int("samples", default: 1, in: 1...100, help: "texts for each length")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 300, memoryBytes: 3 << 30) }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let source = try LongContextModel(reading: context.input("model"), lanes: lanes)
    let settings = try parameters.settings(for: source.model.configuration)
    let text = try String(contentsOf: context.input("text").url, encoding: .utf8)
    let ids = source.tokenizer.encode(text).ids
    let longest = lengths.max() ?? 0
    guard ids.count >= longest else {
      throw StageFailure(
        at: "input text", "\(ids.count) tokens for texts of \(longest)",
        why: "every text is a part of it", fix: "connect a longer text, or take shorter lengths")
    }
    var reader = LongContextReader(model: source.model, settings: settings, lanes: lanes)
    var table = Table(columns: Self.outputs[0].columns)
    for length in lengths {
      var (losses, cache, work): ([Float], Double, Double) = ([], 0, 0)
      for number in 0..<samples {
        context.progress(StageProgress(0, "\(length) tokens, text \(number)"))
        let sample = sample(ids, length: length, number: number)
        try parameters.check(sample, source.model.configuration)
        let reading = try reader.read(sample) { try context.checkCancellation() }
        losses += try reader.losses(reading, question: sample.question)
        cache += Double(reading.cache.byteCount) / 1e6 / Double(samples)
        work += reading.flops / 1e12 / Double(samples)
      }
      let mean = losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
      table.append(
        settings.cells + [
          .int(length), .int(samples), .int(losses.count), .double(mean), .double(exp(mean)),
          .double(cache), .double(work),
        ])
    }
    try table.write(to: context, "perplexity")
  }

  /// Texts at even distances, the same starts for every method.
  private func sample(_ ids: [Int32], length: Int, number: Int) -> LongContextSample {
    let start = (ids.count - length) / samples * number
    let part = Array(ids[start..<start + length])
    return LongContextSample(
      id: number, task: "perplexity", length: length, depth: 1, prefix: [],
      context: Array(part.dropLast(questionLength)), question: Array(part.suffix(questionLength)),
      answer: "", needle: 0..<0)
  }
}

import Compute
import Foundation
import Pipeline

/// `longctx.perplexity`: how well the end of a text is predicted from all that stands before it.
///
/// The last tokens of a text are the question; its tokens but the first are scored, since only they
/// are predicted from tokens that every method has at hand. Texts of all lengths have the same
/// ends, so that lengths are compared on the same tokens. A method that chooses chunks by the
/// question's loss sees the scored tokens.
struct PerplexityStage: Stage {
  static let kind = "longctx.perplexity"
  static let version = 2
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
    let shortest = lengths.min() ?? 0
    if questionLength >= shortest {
      p.refuse(
        ParameterProblem(
          parameter: "lengths",
          what: lengths.isEmpty
            ? "the list is empty"
            : "a text of \(shortest) tokens ends in \(questionLength) scored ones",
          why: "something must stand before the scored tokens",
          fix: "write lengths above \(questionLength)"))
    }
    if parameters.method == .snapkv || parameters.method == .h2o {
      p.refuse(
        ParameterProblem(
          parameter: "method", what: "\(parameters.method) evicts behind the text",
          why: "the scored tokens are read with all keys, so their loss is that of ntk",
          fix: "write method: ntk"))
    }
  }

  var estimate: Estimate {
    parameters.settings.estimate(
      length: lengths.max() ?? 0, texts: samples * lengths.count, question: questionLength)
  }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let source = try LongContextModel(reading: context.input("model"), lanes: lanes)
    let ids = try source.artifact.tokens(
      of: context.input("text"), slot: "text", minimum: lengths.max() ?? 0, context)
    let texts = lengths.flatMap { length in
      (0..<samples).map { sample(ids, length: length, number: $0) }
    }
    let settings = try parameters.settings(for: source, reading: texts)
    var reader = LongContextReader(model: source.model, settings: settings, lanes: lanes)
    var table = Table(columns: Self.outputs[0].columns)
    for length in lengths {
      var (losses, cache, work): ([Float], Double, Double) = ([], 0, 0)
      for number in 0..<samples {
        context.progress(StageProgress(0, "\(length) tokens, text \(number)"))
        let sample = sample(ids, length: length, number: number)
        let reading = try LanguageArtifact.computing(at: "text \(number) of \(length) tokens") {
          let reading = try reader.read(sample) { try context.checkCancellation() }
          losses += try reader.losses(reading, question: sample.question)
          return reading
        }
        cache += Double(reading.cacheByteCount) / 1e6 / Double(samples)
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

  /// Texts that end at even distances: the same ends for every length and method.
  private func sample(_ ids: [Int32], length: Int, number: Int) -> LongContextSample {
    let longest = lengths.max() ?? length
    let end = longest + (ids.count - longest) / samples * number
    let part = Array(ids[end - length..<end])
    return LongContextSample(
      id: number, task: "perplexity", length: length, depth: 1, prefix: [],
      context: Array(part.dropLast(questionLength)), question: Array(part.suffix(questionLength)),
      answer: "", needle: 0..<0)
  }
}

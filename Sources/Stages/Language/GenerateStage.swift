import Compute
import Foundation
import Pipeline

/// `lm.generate`: continuations of a prompt.
///
/// The largest `top_k` scores, of those the smallest set whose probability reaches `top_p`, of
/// those all with `min_p` times the largest probability, then temperature: in this order.
/// Temperature 0 takes the largest score. A sample's draws depend on seed, sample and step alone.
struct GenerateStage: Stage {
  static let kind = "lm.generate"
  static let version = 1
  static let summary = "Continues a prompt, or answers it as a chat, with a language model."
  static let inputs = [
    InputSlot("model", .file, help: "a GGUF file, from model.load_gguf"),
    InputSlot("adapter", .tensors, isOptional: true, help: "from lm.finetune"),
    InputSlot("text", .text, isOptional: true, help: "stands before the prompt"),
  ]
  static let outputs = [
    OutputSlot("text", .text, help: "the continuations, one after another"),
    OutputSlot(
      "samples", .table,
      columns: LanguageColumns.model + [
        Column("sample", .int, help: "from 0"), Column("text", .string, help: "what was generated"),
        Column("prompt_tokens", .int, unit: "tokens", help: "before it"),
        Column("n", .int, unit: "tokens", help: "generated"),
        Column("stop", .string, help: "the token that ended it, or 'length'"),
        Column("least_margin", .double, help: "least distance of the two largest scores of a step"),
      ], help: "one row per sample"),
    OutputSlot(
      "tokens", .table,
      columns: [
        Column("sample", .int, help: "from 0"), Column("step", .int, help: "from 0"),
        Column("token", .int, help: "its id"), Column("text", .string, help: "of the token"),
        Column("margin", .double, help: "largest less second largest score"),
      ], help: "one row per generated token"),
  ]

  private let prompt: String
  private let isChat: Bool
  private let system: String
  private let sampling: Sampling
  private let limit: Int
  private let samples: Int
  private let form: WeightForm
  private let seed: Int

  init(_ p: inout ParameterReader) {
    prompt = p.string("prompt", default: "", help: "what is continued, or the user's message")
    isChat = p.bool("chat", default: false, help: "answer as an assistant, in the model's template")
    system = p.string(
      "system", default: "", help: "system message of a chat; empty: the template's own")
    sampling = Sampling(
      temperature: p.double(
        "temperature", default: 0, in: .atLeast(0), help: "0: the largest score always"),
      topK: p.int("top_k", default: 0, in: 0...1_000_000, unit: "tokens", help: "0: off"),
      topP: p.double("top_p", default: 1, in: .above(0, through: 1), help: "1: off"),
      minP: p.double("min_p", default: 0, in: .closed(0, 0.999), help: "0: off"))
    limit = p.int(
      "max_new", default: 32, in: 1...8192, unit: "tokens", help: "generated at most")
    samples = p.int("samples", default: 1, in: 1...1000, help: "continuations of the one prompt")
    form = p.choice(
      "weights", default: .floats,
      help: "floats: the reference; blocks: as they are stored, faster and equal up to rounding")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the draws")
  }

  var estimate: Estimate {
    Estimate(
      cpuSeconds: 5 + Double(samples * limit) * 0.05, memoryBytes: LanguageArtifact.memoryBytes)
  }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let artifact = try LanguageArtifact(context.input("model"))
    let adapter = try context.optionalInput("adapter").map { try Adapter($0, for: artifact) }
    let ids = try promptTokens(artifact, context)
    try artifact.requireContext(ids.count + limit, at: "parameter prompt")
    let model = try artifact.model(adapter, lanes: lanes)
    if form == .blocks && !model.hasBlocks {
      throw StageFailure(
        at: "parameter weights", "blocks are asked for, not every matrix can be multiplied so",
        why: "it must be stored in Q4_1 or Q8_0 blocks and have a multiple of 16 rows",
        fix: "weights: floats")
    }
    var generations: [LanguageModel.Generation] = []
    for sample in 0..<samples {
      var settings = LanguageModel.GenerationSettings(
        sampling: sampling, maximumTokens: limit, stopIDs: artifact.tokenizer.stopIDs,
        seed: UInt64(seed), index: sample)
      settings.options.form = form
      var shown = ShownText(artifact.tokenizer)
      generations.append(
        try LanguageArtifact.computing(at: "parameter prompt") {
          try model.generate(ids, settings, lanes: lanes) { id in
            shown.append(id)
            let done = Double(sample) + Double(shown.count) / Double(limit)
            context.progress(StageProgress(done / Double(samples), shown.end))
            return !context.isStopping
          }
        })
      try context.checkCancellation()
    }
    try write(generations, artifact, adapter, promptCount: ids.count, context)
  }

  private func promptTokens(
    _ artifact: LanguageArtifact, _ context: StageContext
  ) throws -> [Int32] {
    let before = try context.optionalInput("text").map {
      String(decoding: try Data(contentsOf: $0.url), as: UTF8.self)
    }
    let text = (before ?? "") + prompt
    let encoding: Tokenizer.Encoding
    if isChat {
      let first = system.isEmpty ? [] : [Chat.Message(.system, system)]
      do {
        encoding = try Chat(first + [Chat.Message(.user, text)]).encoded(
          by: artifact.tokenizer, answer: true)
      } catch {
        throw StageFailure(at: "parameter chat", "\(error)", fix: "chat: false")
      }
    } else {
      encoding = artifact.tokenizer.encode(text)
    }
    guard !encoding.ids.isEmpty else {
      throw StageFailure(
        at: "parameter prompt", "the prompt is empty", why: "there is nothing to continue",
        fix: "write prompt: ..., or connect text")
    }
    if encoding.unknownByteCount > 0 {
      context.log("warning: \(encoding.unknownByteCount) bytes of the prompt have no token")
    }
    return encoding.ids
  }

  private func write(
    _ generations: [LanguageModel.Generation], _ artifact: LanguageArtifact, _ adapter: Adapter?,
    promptCount: Int, _ context: StageContext
  ) throws {
    let tokenizer = artifact.tokenizer
    var samples = Table(columns: Self.outputs[1].columns)
    var tokens = Table(columns: Self.outputs[2].columns)
    var texts: [String] = []
    for (sample, generation) in generations.enumerated() {
      let text = try tokenizer.decode(generation.ids)
      texts.append(text + "\n")
      samples.append(
        artifact.cells(adapter) + [
          .int(sample), .string(text), .int(promptCount), .int(generation.ids.count),
          .string(
            try generation.stop.map { try tokenizer.decode([$0], specials: true) } ?? "length"),
          .measured(generation.margins.min().map(Double.init)),
        ])
      for (step, id) in generation.ids.enumerated() {
        tokens.append([
          .int(sample), .int(step), .int(Int(id)),
          .string(try tokenizer.decode([id], specials: true)),
          .double(Double(generation.margins[step])),
        ])
      }
    }
    try Data(texts.joined(separator: "\n").utf8).write(to: context.output("text"))
    try samples.write(to: context, "samples")
    try tokens.write(to: context, "tokens")
  }
}

/// The end of a text while it is generated.
private struct ShownText {
  private static let width = 40

  private var decoder: StreamingDecoder
  /// Tokens so far.
  private(set) var count = 0
  /// One line.
  private(set) var end = ""

  init(_ tokenizer: Tokenizer) { decoder = StreamingDecoder(tokenizer) }

  mutating func append(_ id: Int32) {
    count += 1
    // A token that the model gave is one of its vocabulary.
    let text = (try? decoder.append(id)) ?? ""
    end = String((end + text).map { $0.isNewline ? " " : $0 }.suffix(Self.width))
  }
}

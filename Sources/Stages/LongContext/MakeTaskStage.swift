import Compute
import Foundation
import Pipeline

/// `longctx.make_task`: texts with hidden facts, and questions about them.
struct MakeTaskStage: Stage {
  static let kind = "longctx.make_task"
  static let version = 2
  static let summary = "Hides facts at chosen depths of long texts and asks for them."
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf; its tokenizer is used"),
    InputSlot("text", .text, isOptional: true, help: "to hide facts in; kv needs none"),
  ]
  static let outputs = [
    OutputSlot("dataset", .dataset, help: "contexts, questions and answers as tokens"),
    OutputSlot(
      "samples", .table,
      columns: [
        Column("sample", .int, help: "number, from 0"),
        Column("task", .string, help: "what is hidden"),
        Column("length", .int, unit: "tokens", help: "of the context"),
        Column("depth", .double, unit: "fraction", help: "where the needle stands"),
        Column("question", .string, help: "how the text goes on"),
        Column("answer", .string, help: "what must follow"),
        Column("needle_start", .int, unit: "tokens", help: "first token of the needle"),
        Column("needle_end", .int, unit: "tokens", help: "behind its last token"),
      ], help: "one row per question"),
  ]

  private let task: NeedleTask
  private let plan: NeedleTask.Plan

  init(_ p: inout ParameterReader) {
    task = p.choice("task", default: .passkey, help: "what is hidden and asked for")
    let lengths = p.ints(
      "lengths", default: [8192, 16_384], in: 256...131_072, unit: "tokens",
      help: "of the contexts, needle included")
    let depths = p.doubles(
      "depths", default: [0, 0.25, 0.5, 0.75, 1], in: .closed(0, 1), unit: "fraction",
      help: "of the needle")
    let samples = p.int(
      "samples", default: 5, in: 1...1000, help: "texts for each length")
    let isSpread = p.bool(
      "spread", default: false,
      help: "each text hides its needle at one depth, in turn; else at every depth")
    let seed = p.int("seed", default: 0, in: 0...Int.max, help: "of texts and facts")
    plan = NeedleTask.Plan(
      lengths: lengths, depths: depths, samples: samples, seed: seed, isSpread: isSpread)
    for (name, isEmpty) in [("lengths", lengths.isEmpty), ("depths", depths.isEmpty)] where isEmpty
    {
      p.refuse(
        ParameterProblem(
          parameter: name, what: "the list is empty", why: "there would be no samples",
          fix: "write one value at least"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 5, memoryBytes: 512 << 20) }

  func run(_ context: StageContext) throws {
    let artifact = try LanguageArtifact(context.input("model"))
    let tokenizer = artifact.tokenizer
    let text = try context.optionalInput("text").map {
      try artifact.tokens(of: $0, slot: "text", minimum: 1, context)
    }
    let longest = plan.lengths.max() ?? 0
    guard task == .kv || (text?.count ?? 0) >= longest else {
      throw StageFailure(
        at: "input text", "\(text?.count ?? 0) tokens for a context of \(longest)",
        why: "the needle is hidden in a part of the text that is as long as the context",
        fix: "connect a longer text, or take shorter lengths")
    }
    let samples = try task.samples(plan, text: text ?? []) { tokenizer.encode($0).ids }
    try LongContextDataset.write(samples, to: context.output("dataset"))
    var table = Table(columns: Self.outputs[1].columns)
    for sample in samples {
      table.append([
        .int(sample.id), .string(sample.task), .int(sample.length), .double(sample.depth),
        .string(try tokenizer.decode(sample.question)), .string(sample.answer),
        .int(sample.needle.lowerBound), .int(sample.needle.upperBound),
      ])
    }
    try table.write(to: context, "samples")
  }
}

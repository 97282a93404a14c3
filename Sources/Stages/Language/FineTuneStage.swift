import Compute
import Foundation
import Pipeline

/// `lm.finetune`: a language model tuned on a text, by low-rank adapters or in all weights.
///
/// Each step takes windows of the text at places drawn from (seed, step); every token but a
/// window's first counts. Weights are the file's, as floats; nothing is rounded back to blocks
/// here.
struct FineTuneStage: Stage {
  enum Method: String, CaseIterable { case lora, full }
  enum Targets: String, CaseIterable {
    case query_value, all

    var matrices: [LayerMatrix] { self == .all ? LayerMatrix.allCases : [.query, .value] }
  }

  static let kind = "lm.finetune"
  static let version = 1
  static let summary = "Tunes a language model on a text: low-rank adapters, or all weights."
  static let inputs = [
    InputSlot("model", .file, help: "a GGUF file, from model.load_gguf"),
    InputSlot("text", .text, help: "what it learns"),
  ]
  static let outputs = [
    OutputSlot("adapter", .tensors, help: "what changed: low-rank matrices, or all weights"),
    OutputSlot(
      "history", .table,
      columns: LanguageColumns.model + [
        Column("step", .int, help: "from 1"),
        Column(
          "loss", .double, unit: "nats", direction: .lower, help: "mean over the step's tokens"),
        Column("grad_norm", .double, help: "before clipping"),
        Column("tokens", .int, unit: "tokens", help: "seen so far"),
      ], help: "one row per step"),
  ]

  private let method: Method
  private let settings: LowRankSettings
  private let steps: Int
  private let length: Int
  private let batch: Int
  private let lr: Double
  private let clip: Double
  private let weightDecay: Double
  private let isSparing: Bool
  private let seed: Int

  init(_ p: inout ParameterReader) {
    method = p.choice("method", default: .lora, help: "what is trained")
    let rank = p.int("rank", default: 8, in: 1...1024, help: "lora: of the adapters")
    let alpha = p.double(
      "alpha", default: 16, in: .above(0, through: 1e4), help: "lora: adapters count alpha / rank")
    let targets = p.choice(
      "targets", default: Targets.query_value, help: "lora: which matrices of every layer")
    settings = LowRankSettings(rank: rank, alpha: alpha, targets: targets.matrices)
    steps = p.int("steps", default: 200, in: 1...1_000_000, help: "updates")
    length = p.int(
      "length", default: 256, in: 2...2048, unit: "tokens", help: "of a window")
    batch = p.int("batch", default: 1, in: 1...256, help: "windows in a step")
    lr = p.double("lr", default: 2e-4, in: .above(0, through: 1), help: "learning rate of AdamW")
    clip = p.double(
      "clip", default: 1, in: .above(0, through: 1e6), help: "largest norm of a step's gradient")
    weightDecay = p.double("weight_decay", default: 0, in: .closed(0, 1), help: "of AdamW")
    isSparing = p.bool(
      "checkpointing", default: false, affectsResult: false,
      help: "compute layers again instead of keeping them: less memory, a third more time")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of places and first adapters")
  }

  var estimate: Estimate {
    let tokens = Double(steps * length * batch)
    let activations = length * batch * (1_300_000 + length * 9 * 30 * 4)
    return Estimate(
      cpuSeconds: 10 + tokens * (method == .lora ? 0.012 : 0.016),
      memoryBytes: (method == .lora ? 2 << 30 : 4 << 30) + activations)
  }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let artifact = try LanguageArtifact(context.input("model"))
    try artifact.requireContext(length, at: "parameter length")
    let ids = try artifact.tokens(
      of: context.input("text"), slot: "text", minimum: length, context)
    let trainer = try LanguageArtifact.reading("input model") {
      try LanguageModelTrainer(
        artifact.configuration, weights: artifact.file,
        method: method == .lora ? .lowRank(settings) : .full, seed: UInt64(seed), lanes: lanes)
    }
    let history = try train(trainer, on: ids, context)
    let adapter = Adapter(
      trainer.adapter.map(Adapter.Content.lowRank) ?? .weights(trainer.trained))
    try adapter.write(to: context.output("adapter"), model: artifact.hash)
    var table = Table(columns: Self.outputs[1].columns)
    for step in history {
      table.append(
        artifact.cells(adapter) + [
          .int(step.step), .double(Double(step.loss)), .double(step.norm),
          .int(step.step * batch * length),
        ])
    }
    try table.write(to: context, "history")
  }

  private func train(
    _ trainer: LanguageModelTrainer, on ids: [Int32], _ context: StageContext
  ) throws -> [LanguageModelTrainer.Progress] {
    var history: [LanguageModelTrainer.Progress] = []
    do {
      try trainer.run(
        .init(
          steps: steps, learningRate: lr, clipNorm: clip, weightDecay: weightDecay,
          checkpointing: isSparing),
        windows: { windows(of: ids, step: $0) }, lanes: Lanes(context.lanes),
        isCancelled: { context.isStopping }
      ) { progress in
        history.append(progress)
        context.progress(
          StageProgress(
            Double(progress.step) / Double(steps), "step \(progress.step)/\(steps)",
            [.init("loss", Double(progress.loss))]))
      }
    } catch {
      throw error.inStages()
    }
    return history
  }

  private func windows(of ids: [Int32], step: Int) -> [[Int32]] {
    (0..<batch).map { index in
      var random = RandomStream.generator(seed: UInt64(seed), purpose: "windows", step, index)
      let start = random.index(below: ids.count - length + 1)
      return Array(ids[start..<start + length])
    }
  }
}

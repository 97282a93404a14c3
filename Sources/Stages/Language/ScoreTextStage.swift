import Compute
import Foundation
import Pipeline

/// `lm.score_text`: how surprising a text is to a language model.
///
/// The text is tokenised once and cut into consecutive windows; each is scored alone from position
/// 0, and its first token, which nothing predicts, is not scored. Perplexities compare only under
/// one tokenizer and one windowing; bits per byte compare across tokenizers.
struct ScoreTextStage: Stage {
  static let kind = "lm.score_text"
  static let version = 1
  static let summary =
    "Scores a text with a language model: perplexity, bits per byte, token by token."
  static let inputs = [
    InputSlot("model", .file, help: "a GGUF file, from model.load_gguf"),
    InputSlot("adapter", .tensors, isOptional: true, help: "from lm.finetune"),
    InputSlot("text", .text, help: "what is scored"),
    InputSlot("info", .table, isOptional: true, help: "from text.load: names the text in tables"),
  ]
  static let outputs = [
    OutputSlot(
      "scores", .table,
      columns: ResultColumns.dataset + LanguageColumns.model + LanguageColumns.scores + [
        Column("bits_per_byte", .double, unit: "bits", direction: .lower, help: "of the windows"),
        Column("windows", .int, help: "scored, each alone"),
        Column("window", .int, unit: "tokens", help: "of a whole window"),
      ], help: "one row"),
    OutputSlot(
      "windows", .table,
      columns: ResultColumns.dataset + LanguageColumns.model + [
        Column("index", .int, help: "of the window, from 0")
      ] + LanguageColumns.scores, help: "one row per window"),
    OutputSlot(
      "tokens", .table,
      columns: [
        Column("index", .int, help: "of the window, from 0"),
        Column("position", .int, unit: "tokens", help: "in the window, from 0"),
        Column("token", .int, help: "its id"), Column("text", .string, help: "of the token"),
        Column("nll", .double, unit: "nats", help: "-ln of its probability"),
      ], help: "one row per scored token of the first windows"),
  ]

  private let window: Int
  private let windows: Int
  private let tokenRows: Int

  init(_ p: inout ParameterReader) {
    window = p.int(
      "window", default: 512, in: 2...8192, unit: "tokens", help: "tokens that see each other")
    windows = p.int(
      "windows", default: 4, in: 0...Int.max,
      help: "how many are scored, from the first; 0: all, with a shorter last one")
    tokenRows = p.int(
      "token_rows", default: 2048, in: 0...1_000_000, help: "rows of the table tokens, at most")
  }

  var estimate: Estimate {
    Estimate(
      cpuSeconds: 5 + Double(windows == 0 ? 600 : windows) * Double(window) * 0.004,
      memoryBytes: LanguageArtifact.memoryBytes)
  }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let artifact = try LanguageArtifact(context.input("model"))
    let adapter = try context.optionalInput("adapter").map { try Adapter($0, for: artifact) }
    let ids = try artifact.tokens(
      of: context.input("text"), slot: "text", minimum: 2, context)
    try artifact.requireContext(window, at: "parameter window")
    let parts = pieces(of: ids)
    let model = try artifact.model(adapter, lanes: lanes)
    var scored: [(ids: [Int32], losses: [Float])] = []
    for part in parts {
      try context.checkCancellation()
      let losses = try LanguageArtifact.computing(at: "input text") {
        try model.score(LanguageModel.Span(part), lanes: lanes)
      }
      scored.append((part, losses))
      context.progress(
        StageProgress(Double(scored.count) / Double(parts.count), "window \(scored.count)"))
    }
    let leading = try LanguageColumns.dataset(context) + artifact.cells(adapter)
    try scores(scored, leading, artifact).write(to: context, "scores")
    try windowRows(scored, leading).write(to: context, "windows")
    try tokenTable(scored, artifact).write(to: context, "tokens")
  }

  /// Windows of at least two tokens; a short last one only where all are scored.
  private func pieces(of ids: [Int32]) -> [[Int32]] {
    let starts = stride(from: 0, to: ids.count, by: window)
    let all = starts.map { Array(ids[$0..<min(ids.count, $0 + window)]) }.filter { $0.count > 1 }
    if windows == 0 { return all }
    let whole = all.filter { $0.count == window }.prefix(windows)
    return whole.isEmpty ? Array(all.prefix(1)) : Array(whole)
  }

  private func scores(
    _ scored: [(ids: [Int32], losses: [Float])], _ leading: [Value], _ artifact: LanguageArtifact
  ) throws -> Table {
    let total = scored.reduce(0) { $0 + LanguageColumns.sum($1.losses) }
    let byteCount = try scored.reduce(0) { count, part in
      try part.ids.reduce(count) {
        $0 + (try artifact.tokenizer.bytes(of: $1, specials: true)).count
      }
    }
    var table = Table(columns: Self.outputs[0].columns)
    table.append(
      leading + LanguageColumns.cells(scored.map(\.losses)) + [
        .measured(byteCount > 0 ? total / log(2) / Double(byteCount) : nil), .int(scored.count),
        .int(window),
      ])
    return table
  }

  private func windowRows(
    _ scored: [(ids: [Int32], losses: [Float])], _ leading: [Value]
  ) -> Table {
    var table = Table(columns: Self.outputs[1].columns)
    for (index, part) in scored.enumerated() {
      table.append(leading + [.int(index)] + LanguageColumns.cells([part.losses]))
    }
    return table
  }

  private func tokenTable(
    _ scored: [(ids: [Int32], losses: [Float])], _ artifact: LanguageArtifact
  ) throws -> Table {
    var table = Table(columns: Self.outputs[2].columns)
    var left = tokenRows
    for (index, part) in scored.enumerated() {
      for (place, loss) in part.losses.enumerated().prefix(left) {
        let id = part.ids[place + 1]
        table.append([
          .int(index), .int(place + 1), .int(Int(id)),
          .string(try artifact.tokenizer.decode([id], specials: true)), .double(Double(loss)),
        ])
      }
      left = max(0, left - part.losses.count)
    }
    return table
  }
}

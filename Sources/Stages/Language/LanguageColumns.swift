import Foundation
import Pipeline

/// Columns that tables about language models share.
enum LanguageColumns {
  static let model = [
    Column("model", .string, help: "first eight digits of the file's SHA-256"),
    Column("adapter", .string, help: "how the model was tuned, or 'none'"),
  ]

  static let scores = [
    Column("n", .int, help: "scored tokens"),
    Column("nll", .double, unit: "nats", direction: .lower, help: "mean of -ln P(token)"),
    Column("perplexity", .double, direction: .lower, help: "exp of nll"),
    Column(
      "second_half_nll", .double, unit: "nats", direction: .lower,
      help: "mean over the second halves of the windows"),
  ]

  /// Values of ``scores``, of the losses of each window; token 0 of a window has none.
  static func cells(_ windows: [[Float]]) -> [Value] {
    let n = windows.reduce(0) { $0 + $1.count }
    let halves = windows.map { Array($0.suffix(from: $0.count / 2)) }
    let halfCount = halves.reduce(0) { $0 + $1.count }
    let mean = windows.reduce(0) { $0 + sum($1) } / Double(n)
    let halfSum = halves.reduce(0) { $0 + sum($1) }
    return [
      .int(n), .double(mean), .double(exp(mean)),
      .measured(halfCount > 0 ? halfSum / Double(halfCount) : nil),
    ]
  }

  /// Values of ``ResultColumns/dataset`` for a stage with the inputs `text` and, perhaps, `info`.
  static func dataset(_ context: StageContext) throws -> [Value] {
    guard let input = context.optionalInput("info") else {
      return ResultColumns.dataset("text", hash: context.input("text").hash)
    }
    let info = try Table(canonicalData: try Data(contentsOf: input.url))
    return try ResultColumns.dataset.map { column in
      guard let place = info.columns.firstIndex(where: { $0.name == column.name }),
        let row = info.rows.first
      else {
        throw StageFailure(
          at: "input info", "the table has no \(column.name)", why: "it names the text",
          fix: "connect info of text.load, or nothing")
      }
      return row[place]
    }
  }

  /// In order, in double precision.
  static func sum(_ losses: [Float]) -> Double { losses.reduce(0) { $0 + Double($1) } }
}

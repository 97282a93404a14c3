import Compute
import Foundation
import Pipeline

/// `longctx.report`: methods compared on the same samples.
///
/// Every method reads the same haystacks and needles, so a difference of accuracies is taken over
/// pairs; its interval comes from drawing the pairs again with replacement.
struct LongContextReportStage: Stage {
  static let kind = "longctx.report"
  static let version = 1
  static let summary = "Paired differences of accuracy between long-context methods."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("samples", .table, isList: true, help: "from longctx.eval, one for each method")
  ]
  static let outputs = [
    OutputSlot(
      "comparison", .table,
      columns: [
        Column("method", .string, help: "method, and what differs from its defaults"),
        Column("against", .string, help: "what it is compared with"),
        Column("length", .int, unit: "tokens", help: "of the texts; 0: all lengths"),
        Column("n", .int, help: "samples that both read"),
        ResultColumns.share("accuracy", of: "n", .higher, help: "of the method"),
        ResultColumns.share("other", of: "n", help: "accuracy of the other"),
        Column("difference", .double, unit: "fraction", direction: .higher, help: "of the two"),
        Column("low", .double, unit: "fraction", help: "lower bound, 95 % of paired resamples"),
        Column("high", .double, unit: "fraction", help: "upper bound"),
        Column("significant", .int, help: "1 if the interval excludes 0"),
      ], help: "one row per pair of methods and length")
  ]

  private let reference: String
  private let resamples: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    reference = p.string(
      "reference", default: "parallelcomp", help: "start of the name that others are compared with")
    resamples = p.int("resamples", default: 10_000, in: 100...1_000_000, help: "of the pairs")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the resamples")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    let methods = try context.inputList("samples").map(MethodResults.init)
    guard let own = methods.first(where: { $0.name.hasPrefix(reference) }) else {
      throw StageFailure(
        at: "parameter reference", "no method is named '\(reference)'",
        why: "there are: " + methods.map(\.name).joined(separator: ", "),
        fix: "write one of them")
    }
    var table = Table(columns: Self.outputs[0].columns)
    for other in methods where other.name != own.name {
      for length in [0] + Set(own.correct.keys.map(\.length)).sorted() {
        let pairs = own.pairs(with: other, length: length)
        guard !pairs.isEmpty else { continue }
        let (low, high) = interval(pairs, length: length)
        let (a, b) = (mean(pairs.map(\.0)), mean(pairs.map(\.1)))
        table.append([
          .string(own.name), .string(other.name), .int(length), .int(pairs.count), .double(a),
          .double(b), .double(a - b), .double(low), .double(high),
          .int(low > 0 || high < 0 ? 1 : 0),
        ])
      }
    }
    try table.write(to: context, "comparison")
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private func interval(
    _ pairs: [(Double, Double)], length: Int
  ) -> (low: Double, high: Double) {
    var random = RandomStream.generator(
      seed: UInt64(seed), purpose: "paired bootstrap", length)
    let differences = pairs.map { $0.0 - $0.1 }
    let means = (0..<resamples).map { _ in
      mean(differences.map { _ in differences[random.index(below: differences.count)] })
    }
    return (Summary.quantile(0.025, of: means) ?? 0, Summary.quantile(0.975, of: means) ?? 0)
  }
}

/// One method's answers by sample.
private struct MethodResults {
  struct Key: Hashable {
    let task: String
    let length: Int
    let sample: Int
  }

  let name: String
  private(set) var correct: [Key: Double] = [:]

  /// - Throws: that the artifact is no table of `longctx.eval`.
  init(_ artifact: InputArtifact) throws {
    let table = try Table(canonicalData: Data(contentsOf: artifact.url))
    let names = table.columns.map(\.name)
    func cell(_ row: [Value], _ column: String) -> Value {
      names.firstIndex(of: column).map { row[$0] } ?? .null
    }
    func integer(_ row: [Value], _ column: String) -> Int {
      if case .int(let number) = cell(row, column) { number } else { 0 }
    }
    guard let first = table.rows.first, names.contains("correct"), names.contains("sample") else {
      throw StageFailure(
        at: "input samples", "a table has no answers", why: "they come from longctx.eval",
        fix: "connect its output 'samples'")
    }
    var parts = [cell(first, "method").plainText]
    for column in ["select", "keep", "compress", "calibrate"] {
      let text = cell(first, column).plainText
      let isPlain = ["", "0", "off", "lowest_nll"].contains(text)
      if !isPlain { parts.append(column == "keep" ? "keep \(text)" : text) }
    }
    name = parts.joined(separator: ", ")
    for row in table.rows {
      let key = Key(
        task: cell(row, "task").plainText, length: integer(row, "length"),
        sample: integer(row, "sample"))
      correct[key] = Double(integer(row, "correct"))
    }
  }

  /// Both methods' results on the samples that both read; 0: of all lengths.
  func pairs(with other: MethodResults, length: Int) -> [(Double, Double)] {
    correct.filter { length == 0 || $0.key.length == length }
      .compactMap { key, value in other.correct[key].map { (key, value, $0) } }
      .sorted { ($0.0.task, $0.0.length, $0.0.sample) < ($1.0.task, $1.0.length, $1.0.sample) }
      .map { ($0.1, $0.2) }
  }
}

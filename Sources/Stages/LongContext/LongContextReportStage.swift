import Compute
import Foundation
import Pipeline

/// `longctx.report`: methods compared on the same samples.
///
/// Every method reads the same haystacks and needles, so a difference of accuracies is taken over
/// pairs. Pairs about one text are not independent: the interval comes from drawing whole texts
/// again with replacement, and there is none for fewer than five.
struct LongContextReportStage: Stage {
  static let kind = "longctx.report"
  static let version = 2
  static let summary = "Paired differences of accuracy between long-context methods."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("samples", .table, isList: true, help: "from longctx.eval, one for each method")
  ]
  static let outputs = [
    OutputSlot(
      "comparison", .table,
      columns: [
        Column("method", .string, help: "its label where inputs are gathered"),
        Column("against", .string, help: "what it is compared with"),
        Column("length", .int, unit: "tokens", help: "of the texts; 0: all lengths"),
        Column("n", .int, help: "samples that both read"),
        Column("texts", .int, help: "that these ask about"),
        ResultColumns.share("accuracy", of: "n", .higher, help: "of the method"),
        ResultColumns.share("other", of: "n", help: "accuracy of the other"),
        Column("difference", .double, unit: "fraction", direction: .higher, help: "of the two"),
        Column("low", .double, unit: "fraction", help: "lower bound, 95 % of resampled texts"),
        Column("high", .double, unit: "fraction", help: "upper bound"),
        Column("significant", .int, help: "1 if the interval excludes 0"),
      ], help: "one row per pair of methods and length")
  ]

  private let reference: String
  private let resamples: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    reference = p.string(
      "reference", default: "parallelcomp", help: "name that others are compared with")
    resamples = p.int("resamples", default: 10_000, in: 100...1_000_000, help: "of the texts")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the resamples")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    let methods = try context.inputList("samples").map(MethodResults.init)
    for (place, method) in methods.enumerated()
    where methods[..<place].contains(where: { $0.name == method.name }) {
      throw StageFailure(
        at: "input samples", "two methods are named '\(method.name)'",
        why: "one of them could not be told from the other",
        fix: "gather them by an axis that tells them apart")
    }
    guard let own = methods.first(where: { $0.name == reference }) else {
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
        let texts = Dictionary(grouping: pairs, by: \.text).sorted { $0.key < $1.key }
          .map { $0.value.map { $0.own - $0.other } }
        let bounds = interval(texts, length: length)
        let (a, b) = (mean(pairs.map(\.own)), mean(pairs.map(\.other)))
        table.append([
          .string(own.name), .string(other.name), .int(length), .int(pairs.count),
          .int(texts.count), .double(a), .double(b), .double(a - b), .measured(bounds?.low),
          .measured(bounds?.high),
          bounds.map { .int($0.low > 0 || $0.high < 0 ? 1 : 0) } ?? .null,
        ])
      }
    }
    try table.write(to: context, "comparison")
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// Fewer texts say nothing about others.
  private static let leastTexts = 5

  /// Of the mean difference, from differences by text.
  private func interval(_ texts: [[Double]], length: Int) -> (low: Double, high: Double)? {
    guard texts.count >= Self.leastTexts else { return nil }
    var random = RandomStream.generator(
      seed: UInt64(seed), purpose: "paired bootstrap", length)
    let sums = texts.map { (total: $0.reduce(0, +), count: $0.count) }
    let means = (0..<resamples).map { _ in
      var (total, count) = (0.0, 0)
      for _ in sums {
        let text = sums[random.index(below: sums.count)]
        total += text.total
        count += text.count
      }
      return total / Double(count)
    }
    guard let low = Summary.quantile(0.025, of: means),
      let high = Summary.quantile(0.975, of: means)
    else { return nil }
    return (low, high)
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
  private var texts: [Key: Int] = [:]

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
    guard let first = table.rows.first, ["correct", "sample", "text"].allSatisfy(names.contains)
    else {
      throw StageFailure(
        at: "input samples", "a table has no answers", why: "they come from longctx.eval",
        fix: "connect its output 'samples'")
    }
    let labels = artifact.labels.map(\.label)
    name = labels.isEmpty ? cell(first, "method").plainText : labels.joined(separator: ", ")
    for row in table.rows {
      let key = Key(
        task: cell(row, "task").plainText, length: integer(row, "length"),
        sample: integer(row, "sample"))
      correct[key] = Double(integer(row, "correct"))
      texts[key] = integer(row, "text")
    }
  }

  /// Results of two methods on one sample.
  struct Pair {
    let text: TextKey
    let own: Double
    let other: Double
  }

  struct TextKey: Hashable, Comparable {
    let task: String
    let length: Int
    let text: Int

    static func < (a: TextKey, b: TextKey) -> Bool {
      (a.task, a.length, a.text) < (b.task, b.length, b.text)
    }
  }

  /// Both methods' results on the samples that both read; 0: of all lengths.
  func pairs(with other: MethodResults, length: Int) -> [Pair] {
    correct.filter { length == 0 || $0.key.length == length }
      .sorted {
        ($0.key.task, $0.key.length, $0.key.sample) < ($1.key.task, $1.key.length, $1.key.sample)
      }
      .compactMap { key, value in
        other.correct[key].map {
          Pair(
            text: TextKey(task: key.task, length: key.length, text: texts[key] ?? key.sample),
            own: value, other: $0)
        }
      }
  }
}

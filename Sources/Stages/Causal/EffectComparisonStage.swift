import Compute
import Foundation
import Pipeline

/// `causal.compare`: estimators side by side over many data sets, with paired wins.
///
/// Means over replications are ruled by a few of them, so the median and the count of wins stand
/// beside.
struct EffectComparisonStage: Stage {
  private enum Test: String, CaseIterable { case sign, wilcoxon }

  static let kind = "causal.compare"
  static let version = 1
  static let summary = "Compares estimators over data sets: mean, median, error, paired wins."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("scores", .table, isList: true, help: "gathered tables of causal.evaluate")
  ]
  static let outputs = [
    OutputSlot(
      "summary", .table,
      columns: ResultColumns.comparison + [
        Column("mean", .double, direction: .lower, help: "over the data sets"),
        Column("se", .double, help: "standard error of the mean"),
        Column("median", .double, direction: .lower, help: "over the data sets"),
        Column("n", .int, help: "data sets"),
      ], help: "one row per estimator, set and measure"),
    OutputSlot(
      "wins", .table,
      columns: ResultColumns.comparison + [
        Column("baseline", .string, help: "what it is compared with"),
        Column("wins", .int, direction: .higher, help: "data sets on which it is better"),
        Column("losses", .int, help: "data sets on which it is worse"),
        Column("pairs", .int, help: "data sets that both were measured on"),
        Column("difference", .double, direction: .lower, help: "median of its value - baseline's"),
        Column("p", .double, help: "two-sided, of the paired test"),
      ], help: "one row per estimator but the baseline, set and measure"),
    OutputSlot("figure", .figure, help: "the measure by estimator and data set, out of sample"),
    OutputSlot("boxes", .figure, help: "its spread over the data sets, a box plot per estimator"),
  ]

  private let metrics: [String]
  private let baseline: String
  private let test: Test

  init(_ p: inout ParameterReader) {
    metrics = p.strings(
      "metrics", default: ["root_pehe", "ate_error"],
      help: "columns of causal.evaluate, lower is better; the first is drawn")
    baseline = p.string("baseline", default: "tarnet", help: "estimator of the paired wins")
    test = p.choice("test", default: .sign, help: "paired test")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    let entries = try self.entries(context)
    var summary = Table(columns: Self.outputs[0].columns)
    var wins = Table(columns: Self.outputs[1].columns)
    let estimators = entries.map(\.estimator).distinct
    try refuseBaseline(outside: estimators)
    try refuseRepeats(entries)
    for metric in metrics {
      for set in entries.map(\.set).distinct {
        func values(_ estimator: String) -> [String: Double] {
          entries.reduce(into: [:]) { values, entry in
            guard entry.estimator == estimator, entry.set == set else { return }
            values[entry.pair] = entry.values[metric]
          }
        }
        let base = values(baseline)
        for estimator in estimators {
          let own = values(estimator)
          let sorted = own.sorted { $0.key < $1.key }.map(\.value)
          guard !sorted.isEmpty else { continue }
          let leading: [Value] = [.string(estimator), .string(set), .string(metric)]
          let error = Summary.deviation(sorted).map { $0 / Double(sorted.count).squareRoot() }
          summary.append(
            leading + [
              .measured(Summary.mean(sorted)), .measured(error),
              .measured(Summary.median(sorted)), .int(sorted.count),
            ])
          guard estimator != baseline, !base.isEmpty else { continue }
          let differences = own.sorted { $0.key < $1.key }
            .compactMap { pair in base[pair.key].map { pair.value - $0 } }
          if differences.isEmpty { throw unpaired(estimator, own, base) }
          wins.append(leading + [.string(baseline)] + pairedCells(differences))
        }
      }
    }
    try summary.write(to: context, "summary")
    try wins.write(to: context, "wins")
    let figures = EffectComparisonFigures(
      entries: entries, estimators: estimators, metric: metrics.first ?? "")
    try Data(figures.map.svg.utf8).write(to: context.output("figure"))
    try Data(figures.boxes.svg.utf8).write(to: context.output("boxes"))
  }

  private func refuseBaseline(outside estimators: [String]) throws {
    guard !estimators.contains(baseline) else { return }
    throw StageFailure(
      at: "parameter baseline", "no scores are of '\(baseline)'",
      why: "there are those of " + estimators.joined(separator: ", "),
      fix: nearestName(to: baseline, in: estimators).map { "did you mean '\($0)'?" }
        ?? "write one of them")
  }

  /// Two estimators of one name would be taken for one, and half of their scores be lost.
  private func refuseRepeats(_ entries: [EffectScore]) throws {
    var seen = Set<[String]>()
    for entry in entries where !seen.insert([entry.estimator, entry.set, entry.pair]).inserted {
      throw StageFailure(
        at: "input scores",
        "\(entry.estimator) is scored twice on \(entry.pair), set \(entry.set)",
        why: "estimators are told apart by kind, ipm, alpha and members alone",
        fix: "compare those that differ otherwise in a stage each, chosen by where")
    }
  }

  private func unpaired(
    _ estimator: String, _ own: [String: Double], _ base: [String: Double]
  ) -> StageFailure {
    StageFailure(
      at: "input scores", "no data set was scored with both \(estimator) and \(baseline)",
      why: "pairs share the labels of all axes but 'estimator': there are"
        + " \(own.keys.min() ?? "") and \(base.keys.min() ?? "")",
      fix: "call the axis of the estimators 'estimator'")
  }

  private func entries(_ context: StageContext) throws -> [EffectScore] {
    var entries: [EffectScore] = []
    var seen: [String: Int] = [:]
    for input in context.inputList("scores") {
      let table = try Table(canonicalData: try Data(contentsOf: input.url))
      func index(_ name: String) throws -> Int {
        guard let index = table.columns.firstIndex(where: { $0.name == name }) else {
          throw StageFailure(
            at: "parameter metrics", "there is no column '\(name)'",
            why: "tables have " + table.columns.map(\.name).joined(separator: ", "),
            fix: nearestName(to: name, in: table.columns.map(\.name))
              .map { "did you mean '\($0)'?" } ?? "")
        }
        return index
      }
      let (estimatorAt, setAt) = (try index("estimator"), try index("set"))
      let at = try metrics.map { ($0, try index($0)) }
      let labels = input.labels.filter { $0.axis != "estimator" }
        .map { "\($0.axis)=\($0.label)" }.joined(separator: ",")
      for row in table.rows {
        let (estimator, set) = (row[estimatorAt].plainText, row[setAt].plainText)
        let number = seen["\(estimator) \(set)", default: 0]
        seen["\(estimator) \(set)"] = number + 1
        var values: [String: Double] = [:]
        for (name, column) in at {
          if case .double(let value) = row[column] { values[name] = value }
        }
        entries.append(
          EffectScore(
            estimator: estimator, set: set, pair: labels.isEmpty ? String(number) : labels,
            values: values))
      }
    }
    return entries
  }

  private func pairedCells(_ differences: [Double]) -> [Value] {
    let (wins, losses) = (differences.count { $0 < 0 }, differences.count { $0 > 0 })
    let p =
      switch test {
      case .sign: PairedTest.sign(differences)
      case .wilcoxon: PairedTest.wilcoxon(differences)
      }
    return [
      .int(wins), .int(losses), .int(differences.count), .measured(Summary.median(differences)),
      .measured(p),
    ]
  }
}

extension ResultColumns {
  fileprivate static let comparison = [
    Column("estimator", .string, help: "estimator, with what sets it apart"),
    Column("set", .string, help: "within, out or all"),
    Column("metric", .string, help: "measure of causal.evaluate"),
  ]
}

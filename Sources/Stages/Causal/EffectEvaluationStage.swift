import Compute
import Foundation
import Pipeline

/// `causal.evaluate`: how good estimated effects are, within the training rows and outside.
///
/// A measure that the data do not allow is null, unless it is asked for by name.
struct EffectEvaluationStage: Stage {
  private enum Metric: String, CaseIterable {
    case pehe, ate, att, policy_risk, gap, rank
  }

  private enum Benefit: String, CaseIterable { case lower, higher }

  static let kind = "causal.evaluate"
  static let version = 1
  static let summary = "Scores estimated effects against the truth or an experiment."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("data", .dataset, help: "the units that the effects are of"),
    InputSlot("effects", .tensors, help: "from causal.fit"),
  ]
  static let outputs = [
    OutputSlot(
      "metrics", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("set", .string, help: "within (training and validation), out (test) or all"),
        Column("n", .int, help: "units of the set"),
        Column(
          "root_pehe", .double, unit: "outcome", direction: .lower,
          help: "root mean squared error of the units' effects, against noiseless truth"),
        Column(
          "ate_error", .double, unit: "outcome", direction: .lower,
          help: "absolute error of the mean effect"),
        Column(
          "att_error", .double, unit: "outcome", direction: .lower,
          help: "absolute error of the mean effect on the treated"),
        Column(
          "policy_risk", .double, direction: .lower,
          help: "1 - mean outcome if units were treated as their effects say; randomised units"),
        Column("ate", .double, unit: "outcome", help: "estimated mean effect"),
        Column("true_ate", .double, unit: "outcome", help: "true mean effect"),
        Column("naive", .double, unit: "outcome", help: "difference of the arms' means"),
        Column(
          "gap", .double, unit: "outcome", help: "mean effect of the first group - last group"),
        Column("true_gap", .double, unit: "outcome", help: "the same of the true effects"),
        Column(
          "gap_error", .double, unit: "outcome", direction: .lower,
          help: "absolute error of the gap"),
        Column(
          "spearman", .double, direction: .higher, help: "rank correlation with the true effects"),
        Column(
          "targeting", .double, unit: "outcome", direction: .higher,
          help: "area of the targeting curve: benefit of treating the best first"),
      ], help: "one row per set of units")
  ]

  private let metrics: [Metric]
  private let group: String
  private let benefit: Benefit

  init(_ p: inout ParameterReader) {
    metrics = p.choices(
      "metrics", default: [], help: "measures that must be defined; the others are null if not")
    group = p.string("group", default: "income", help: "grouping of the gap")
    benefit = p.choice("benefit", default: .higher, help: "which outcomes are good")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    let data = try CausalData(reading: input.url)
    let effects = try EffectFile(
      reading: context.input("effects"), of: input, count: data.count)
    try refuseUndefined(data)
    var table = Table(columns: Self.outputs[0].columns)
    for set in data.part == nil ? [RowSet.all] : [.within, .out] {
      table.append(data.cells + effects.cells + row(data, effects, set))
    }
    try table.write(to: context, "metrics")
  }

  private func refuseUndefined(_ data: CausalData) throws {
    func refuse(_ metric: Metric, _ why: String) -> StageFailure {
      StageFailure(
        at: "parameter metrics", "\(metric.rawValue) is not defined for \(data.name)", why: why,
        fix: "drop it from metrics")
    }
    for metric in metrics {
      switch metric {
      case .pehe, .ate, .rank:
        if data.truth == nil { throw refuse(metric, "it needs both outcomes of every unit") }
      case .att:
        if data.truth == nil, data.randomised == nil {
          throw refuse(metric, "it needs the truth or an experiment")
        }
      case .policy_risk:
        if data.randomised == nil { throw refuse(metric, "it needs randomised units") }
      case .gap:
        if !data.groupings.contains(where: { $0.name == group }) {
          throw refuse(metric, "there is no grouping '\(group)'")
        }
      }
    }
  }

  private func row(_ data: CausalData, _ file: EffectFile, _ set: RowSet) -> [Value] {
    let rows = data.rows(of: set)
    let found = rows.map { file.estimate.effects[$0] }
    let truth = data.trueEffects.map { effects in rows.map { effects[$0] } }
    let average = Summary.mean(found)
    let gap = self.gap(data, rows, file.estimate.effects)
    let trueGap = data.trueEffects.flatMap { self.gap(data, rows, $0) }
    // A benefit is an effect in the direction of good outcomes.
    let sign = benefit == .lower ? -1.0 : 1.0
    return [
      .string(set.rawValue), .int(rows.count),
      .measured(truth.flatMap { EffectMetrics.rootPEHE(found, truth: $0) }),
      .measured(truth.flatMap { EffectMetrics.averageError(found, truth: $0) }),
      .measured(attError(data, rows, file.estimate.effects)),
      .measured(policyRisk(data, rows, file.estimate.effects, sign)),
      .measured(average), .measured(truth.flatMap(Summary.mean)),
      .measured(data.naiveDifference(rows)), .measured(gap), .measured(trueGap),
      .measured(gap.flatMap { gap in trueGap.map { abs(gap - $0) } }),
      .measured(truth.flatMap { EffectMetrics.spearman(found, $0) }),
      .measured(
        truth.flatMap { truth in
          EffectMetrics.targetingArea(found.map { sign * $0 }, score: truth.map { sign * $0 })
        }),
    ]
  }

  private func gap(_ data: CausalData, _ rows: [Int], _ effects: [Double]) -> Double? {
    data.groupings.first { $0.name == group }?.gap(effects, rows)
  }

  /// On an experiment the prediction is averaged over its treated units.
  private func attError(_ data: CausalData, _ rows: [Int], _ effects: [Double]) -> Double? {
    let treated = rows.filter { row in
      data.treatment[row] == 1 && data.randomised.map { $0[row] == 1 } ?? true
    }
    return data.effectOnTreated(rows).flatMap { truth in
      Summary.mean(treated.map { effects[$0] }).map { abs(truth - $0) }
    }
  }

  private func policyRisk(
    _ data: CausalData, _ rows: [Int], _ effects: [Double], _ sign: Double
  ) -> Double? {
    guard let randomised = data.randomised else { return nil }
    let units = rows.filter { randomised[$0] == 1 }
    return EffectMetrics.policyValue(
      units.map { sign * effects[$0] }, treatment: units.map { Int(data.treatment[$0]) },
      outcome: units.map { Double(data.outcome[$0]) }
    ).map { 1 - $0 }
  }
}

extension ResultColumns {
  /// How effects were found.
  static let effect = [
    Column("estimator", .string, help: "estimator, with what sets it apart"),
    Column("fit_seed", .int, help: "seed of the fit"),
  ]
}

extension EffectFile {
  /// Values of ``ResultColumns/effect``.
  var cells: [Value] { [.string(estimator), .int(seed)] }
}

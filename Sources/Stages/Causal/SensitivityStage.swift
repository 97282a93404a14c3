import Compute
import Foundation
import Pipeline

/// `causal.sensitivity`: how strong an unobserved cause would have to be to explain an effect away.
struct SensitivityStage: Stage {
  static let kind = "causal.sensitivity"
  static let version = 2
  static let summary = "E-values, Rosenbaum's bounds and the marginal sensitivity model."
  static let inputs = [
    InputSlot("data", .dataset, help: "units"),
    InputSlot("propensity", .tensors, help: "from causal.propensity"),
  ]
  static let outputs = [
    OutputSlot(
      "evalue", .table,
      columns: ResultColumns.dataset + [
        Column("effect", .double, unit: "outcome", help: "AIPW, outcomes by cross-fitted lines"),
        Column("low", .double, unit: "outcome", help: "of its 95 % interval"),
        Column("high", .double, unit: "outcome", help: "of its 95 % interval"),
        Column("risk_ratio", .double, help: "of the effect; exp(0.91 d) for numbers"),
        Column("evalue", .double, help: "risk ratio that a hidden cause would need with both"),
        Column("evalue_limit", .double, help: "the same to move the interval to no effect"),
      ], help: "one row"),
    OutputSlot(
      "gammas", .table,
      columns: ResultColumns.dataset + [
        Column("gamma", .double, help: "odds by which equal units may differ in treatment"),
        Column("p", .double, help: "largest p-value of the matched pairs under it"),
        Column("pairs", .int, help: "matched pairs that count"),
        Column("low", .double, unit: "outcome", help: "least effect, marginal model"),
        Column("high", .double, unit: "outcome", help: "largest effect, marginal model"),
      ], help: "one row per gamma"),
    OutputSlot(
      "largest", .table,
      columns: ResultColumns.dataset + [
        Column("gamma", .double, help: "largest with p below 0.05; null: none of those tried")
      ], help: "one row"),
    OutputSlot("band", .figure, help: "bounds of the effect by gamma"),
  ]

  private let gammas: [Double]
  private let caliper: Double
  private let averaging: AveragingParameters

  init(_ p: inout ParameterReader) {
    gammas = p.doubles(
      "gammas", default: [1, 1.25, 1.5, 2, 3], in: .closed(1, 100), help: "strengths tried")
    caliper = p.double(
      "caliper", default: 0.2, in: .above(0, through: 10), unit: "deviations",
      help: "largest distance of a pair in the logit of the propensity")
    averaging = AveragingParameters(&p)
  }

  var estimate: Estimate { Estimate(cpuSeconds: 2, memoryBytes: 256 << 20) }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    let data = try CausalData(reading: input.url)
    let e = try PropensityFile(
      reading: context.input("propensity"), of: input, count: data.count
    ).values
    let effect = try eValue(data, e, context)
    let rows = gammaRows(data, e, sign: effect < 0 ? -1 : 1)
    var table = Table(columns: Self.outputs[1].columns)
    for row in rows {
      table.append(
        data.cells + [
          .double(row.gamma), .double(row.p), .int(row.pairs), .double(row.bounds.lowerBound),
          .double(row.bounds.upperBound),
        ])
    }
    try table.write(to: context, "gammas")
    var largest = Table(columns: Self.outputs[2].columns)
    largest.append(data.cells + [.measured(rows.filter { $0.p < 0.05 }.map(\.gamma).max())])
    try largest.write(to: context, "largest")
    try Data(band(data, rows).svg.utf8).write(to: context.output("band"))
  }

  /// Writes the table; gives the effect.
  private func eValue(_ data: CausalData, _ e: [Double], _ context: StageContext) throws -> Double {
    let rows = Array(0..<data.count)
    let units = data.units(rows, averaging.outcomes(of: data), e)
    let effect = AverageEffect.augmented(units, clusters: averaging.clusters(of: data, rows))
    guard let interval = effect.interval(level: 0.95) else {
      throw StageFailure(
        at: "input data", "all units lie in one cluster",
        why: "nothing says how much another cluster would differ", fix: "write cluster: false")
    }
    // What the untreated would come to: by the same correction, so that both add up.
    let base =
      Summary.mean(
        units.map { unit in unit.mu0 + (unit.treated ? 0 : (unit.y - unit.mu0) / (1 - unit.e)) })
      ?? 0
    let deviation = Summary.deviation(data.outcome.map(Double.init)) ?? 1
    func ratio(_ effect: Double) -> Double {
      data.isBinary
        ? max(1e-9, base + effect) / max(1e-9, base)
        : Sensitivity.riskRatio(standardisedEffect: effect / deviation)
    }
    var table = Table(columns: Self.outputs[0].columns)
    table.append(
      data.cells + [
        .double(effect.value), .double(interval.lowerBound), .double(interval.upperBound),
        .double(ratio(effect.value)),
        .double(Sensitivity.eValue(riskRatio: ratio(effect.value))),
        .double(
          Sensitivity.eValue(interval: ratio(interval.lowerBound)...ratio(interval.upperBound))),
      ])
    try table.write(to: context, "evalue")
    return effect.value
  }

  private struct GammaRow {
    let gamma: Double
    let p: Double
    let pairs: Int
    let bounds: ClosedRange<Double>
  }

  /// Bounds in the direction of the effect.
  private func gammaRows(_ data: CausalData, _ e: [Double], sign: Double) -> [GammaRow] {
    let pairs = PropensityMatching.pairs(e, treatment: data.treatment, caliper: caliper)
    let differences = pairs.map { pair in
      sign * Double(data.outcome[pair.treated] - data.outcome[pair.untreated])
    }
    let ranks = Sensitivity.signedRanks(differences)
    let favourable = differences.count { $0 > 0 }
    let arms = data.sample.arms(Array(0..<data.count))
    return gammas.map { gamma in
      func bounds(_ arm: Int) -> ClosedRange<Double> {
        Sensitivity.marginalBounds(
          arms[arm].map { Double(data.outcome[$0]) },
          propensities: arms[arm].map { arm == 1 ? e[$0] : 1 - e[$0] }, lambda: gamma)
      }
      let (low, high) = (bounds(0), bounds(1))
      let p =
        data.isBinary
        ? Sensitivity.rosenbaumBinary(
          favourable: favourable, discordant: ranks.pairs, gamma: gamma)
        : Sensitivity.rosenbaumWilcoxon(
          statistic: ranks.statistic, pairs: ranks.pairs, gamma: gamma)
      return GammaRow(
        gamma: gamma, p: p, pairs: ranks.pairs,
        bounds: high.lowerBound - low.upperBound...high.upperBound - low.lowerBound)
    }
  }

  private func band(_ data: CausalData, _ rows: [GammaRow]) -> LineChart {
    func line(_ name: String, _ bound: (GammaRow) -> Double) -> LineChart.Series {
      LineChart.Series(
        name,
        rows.sorted { $0.gamma < $1.gamma }.map { LineChart.Point($0.gamma, bound($0)) })
    }
    var chart = LineChart(
      title: "Bounds of the average effect",
      series: [line("largest", { $0.bounds.upperBound }), line("least", { $0.bounds.lowerBound })])
    chart.subtitle = data.name
    chart.xAxis = "gamma of the marginal sensitivity model"
    chart.yAxis = "effect"
    chart.legend = "bound"
    return chart
  }
}

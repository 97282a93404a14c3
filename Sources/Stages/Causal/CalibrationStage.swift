import Compute
import Foundation
import Pipeline

/// `causal.calibration`: whether units with larger estimated effects have larger effects.
///
/// Units that were not trained on are put into groups of equally many by their estimate. Beside its
/// mean stands the mean of doubly robust scores, which needs no truth, and the truth where it is
/// known.
struct CalibrationStage: Stage {
  static let kind = "causal.calibration"
  static let version = 2
  static let summary =
    "Compares estimated effects with doubly robust ones, in groups by the estimate."
  static let inputs = [
    InputSlot("data", .dataset, help: "units, split"),
    InputSlot("effects", .tensors, help: "from causal.fit, an estimator of both outcomes"),
    InputSlot("propensity", .tensors, help: "from causal.propensity"),
  ]
  static let outputs = [
    OutputSlot(
      "groups", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("group", .int, help: "from the smallest estimates, 1, to the largest"),
        Column("n", .int, help: "units"),
        Column("estimated", .double, unit: "outcome", help: "mean estimate"),
        Column("robust", .double, unit: "outcome", help: "mean doubly robust score"),
        Column(
          "robust_se", .double, unit: "outcome",
          help: "its standard error, by clusters; null: one cluster"),
        Column("truth", .double, unit: "outcome", help: "mean true effect"),
      ], help: "one row per group"),
    OutputSlot(
      "slope", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("n", .int, help: "units"),
        Column("slope", .double, help: "of scores on estimates; 1 for calibrated ones"),
        Column(
          "dr_loss", .double, direction: .lower,
          help: "mean squared distance of scores and estimates"),
        Column(
          "r_loss", .double, direction: .lower,
          help: "mean square of what the mean outcome and the effects leave of the outcome"),
        Column(
          "nearest_pehe", .double, unit: "outcome", direction: .lower,
          help: "root PEHE against the nearest unit of the other arm, of up to 2,000 units"),
      ], help: "one row; losses order estimators where no truth is known"),
    OutputSlot("figure", .figure, help: "the groups, estimated and found"),
  ]

  private let groups: Int

  init(_ p: inout ParameterReader) {
    groups = p.int("groups", default: 5, in: 2...20, help: "of equally many units")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    let data = try CausalData(reading: input.url)
    let file = try EffectFile(reading: context.input("effects"), of: input, count: data.count)
    let propensity = try PropensityFile(
      reading: context.input("propensity"), of: input, count: data.count)
    let score = try data.scores(file, propensity)
    let rows = data.rows(.test)
    let scores = rows.map { score[$0] }
    let found = rows.map { file.estimate.effects[$0] }
    let parts = (0..<groups).compactMap { group in
      part(group, of: rows, found: found, scores: scores, data)
    }
    var table = Table(columns: Self.outputs[0].columns)
    for part in parts {
      table.append(
        data.cells + file.cells + [
          .int(part.group), .int(part.count), .double(part.estimated), .double(part.robust),
          .measured(part.error), .measured(part.truth),
        ])
    }
    try table.write(to: context, "groups")
    try slope(data, file, propensity, found: found, scores: scores).write(to: context, "slope")
    try Data(chart(parts, data, file).svg.utf8).write(to: context.output("figure"))
  }

  private func slope(
    _ data: CausalData, _ file: EffectFile, _ propensity: PropensityFile, found: [Double],
    scores: [Double]
  ) throws -> Table {
    let rows = data.rows(.test)
    let sample = data.sample.standardised(by: rows)
    var table = Table(columns: Self.outputs[1].columns)
    table.append(
      data.cells + file.cells + [
        .int(rows.count), .measured(EffectMetrics.calibrationSlope(found, score: scores)),
        .measured(EffectMetrics.meanSquare(found, scores)),
        .measured(
          EffectMetrics.residualLoss(
            found, data.units(rows, try file.outcomes(), propensity.values))),
        .measured(
          EffectMetrics.nearestPEHE(
            found, x: sample.covariates(rows), treatment: rows.map { data.treatment[$0] },
            outcome: rows.map { Double(data.outcome[$0]) })),
      ])
    return table
  }

  /// Means over one of the groups of equally many units.
  private struct Part {
    /// From 1.
    let group: Int
    let count: Int
    let estimated: Double
    let robust: Double
    /// Of the mean score; nil where all units lie in one cluster, which tells nothing of others.
    let error: Double?
    /// Of 90 %, with the same reservation.
    let interval: ClosedRange<Double>?
    let truth: Double?
  }

  /// - Returns: nil for a group without units.
  private func part(
    _ group: Int, of rows: [Int], found: [Double], scores: [Double], _ data: CausalData
  ) -> Part? {
    let order = found.indices.sorted { (found[$0], $0) < (found[$1], $1) }
    let places = order[order.count * group / groups..<order.count * (group + 1) / groups]
    guard let estimated = Summary.mean(places.map { found[$0] }) else { return nil }
    let clusters = data.cluster.map { clusters in places.map { clusters[rows[$0]] } }
    let robust = AverageEffect.mean(of: places.map { scores[$0] }, clusters: clusters)
    return Part(
      group: group + 1, count: places.count, estimated: estimated, robust: robust.value,
      error: robust.standardError, interval: robust.interval(level: 0.9),
      truth: data.trueEffects.flatMap { effects in
        Summary.mean(places.map { effects[rows[$0]] })
      })
  }

  private func chart(_ parts: [Part], _ data: CausalData, _ file: EffectFile) -> IntervalChart {
    var series = [
      IntervalChart.Series("estimated", parts.map { IntervalChart.Mark($0.estimated) }),
      IntervalChart.Series(
        "doubly robust", parts.map { IntervalChart.Mark($0.robust, $0.interval) }),
    ]
    if data.truth != nil {
      series.append(
        IntervalChart.Series(
          "true", parts.map { part in part.truth.map { IntervalChart.Mark($0) } }))
    }
    var chart = IntervalChart(
      title: "Calibration of estimated effects", categories: parts.map { "\($0.group)" },
      series: series)
    chart.subtitle = "\(data.name), \(file.estimator); 90 % intervals of the means"
    chart.xAxis = "test units by estimated effect, in groups of equally many"
    chart.yAxis = "mean effect on the outcome"
    return chart
  }
}

import Compute
import Foundation
import Pipeline

/// `crash.calibration`: whether units with larger estimated effects have larger effects.
///
/// Units that were not trained on are put into groups of equally many by their estimate. Beside its
/// mean stands the mean of doubly robust scores, which needs no truth, and the truth where it is
/// known.
struct CalibrationStage: Stage {
  static let kind = "crash.calibration"
  static let version = 1
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
        Column("robust_se", .double, unit: "outcome", help: "its standard error, by clusters"),
        Column("truth", .double, unit: "outcome", help: "mean true effect"),
      ], help: "one row per group"),
    OutputSlot(
      "slope", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("n", .int, help: "units"),
        Column("slope", .double, help: "of scores on estimates; 1 for calibrated ones"),
      ], help: "one row"),
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
    guard let untreated = file.estimate.untreated, let treated = file.estimate.treated else {
      throw StageFailure(
        at: "input effects", "\(file.estimator) predicts no outcomes",
        why: "a doubly robust score corrects predicted outcomes",
        fix: "use an estimator of both outcomes, as tarnet or ols_t")
    }
    let rows = data.rows(.test)
    let scores = rows.map { row in
      AverageEffect.Unit(
        treated: data.treatment[row] == 1, y: Double(data.outcome[row]), mu0: untreated[row],
        mu1: treated[row], e: propensity.values[row]
      ).score
    }
    let found = rows.map { file.estimate.effects[$0] }
    let order = found.indices.sorted { (found[$0], $0) < (found[$1], $1) }
    var table = Table(columns: Self.outputs[0].columns)
    var marks: (robust: [IntervalChart.Mark?], estimated: [IntervalChart.Mark?]) = ([], [])
    var truths: [IntervalChart.Mark?] = []
    for group in 0..<groups {
      let places = order[order.count * group / groups..<order.count * (group + 1) / groups]
      guard !places.isEmpty else { continue }
      let robust = AverageEffect.mean(
        of: places.map { scores[$0] },
        clusters: data.cluster.map { clusters in places.map { clusters[rows[$0]] } })
      let estimated = Summary.mean(places.map { found[$0] }) ?? 0
      let truth = data.trueEffects.flatMap { effects in
        Summary.mean(places.map { effects[rows[$0]] })
      }
      table.append(
        data.cells + file.cells + [
          .int(group + 1), .int(places.count), .double(estimated), .double(robust.value),
          .double(robust.standardError), .measured(truth),
        ])
      marks.robust.append(IntervalChart.Mark(robust.value, robust.interval(level: 0.9)))
      marks.estimated.append(IntervalChart.Mark(estimated))
      truths.append(truth.map { IntervalChart.Mark($0) })
    }
    try table.write(to: context, "groups")
    var slope = Table(columns: Self.outputs[1].columns)
    slope.append(
      data.cells + file.cells + [
        .int(rows.count), .measured(EffectMetrics.calibrationSlope(found, score: scores)),
      ])
    try slope.write(to: context, "slope")
    var chart = IntervalChart(
      title: "Calibration of estimated effects",
      categories: marks.robust.indices.map { "\($0 + 1)" },
      series: [
        IntervalChart.Series("estimated", marks.estimated),
        IntervalChart.Series("doubly robust", marks.robust),
      ] + (data.truth == nil ? [] : [IntervalChart.Series("true", truths)]))
    chart.subtitle = "\(data.name), \(file.estimator); 90 % intervals of the means"
    chart.xAxis = "test units by estimated effect, in groups of equally many"
    chart.yAxis = "mean effect on the outcome"
    try Data(chart.svg.utf8).write(to: context.output("figure"))
  }
}

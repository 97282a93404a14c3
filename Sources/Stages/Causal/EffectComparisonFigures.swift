import Compute
import Pipeline

/// What one estimator scored on one data set.
struct EffectScore {
  let estimator: String
  let set: String
  /// The labels of all axes but the estimators', or its number among the estimator's tables.
  let pair: String
  let values: [String: Double]
}

/// The figures of `causal.compare`: of test units, where there are any.
struct EffectComparisonFigures {
  let entries: [EffectScore]
  /// In the order of rows.
  let estimators: [String]
  let metric: String

  private var part: RowSet {
    entries.contains { $0.set == RowSet.out.rawValue } ? .out : .all
  }

  private var shown: [EffectScore] { entries.filter { $0.set == part.rawValue } }
  private var subtitle: String { part == .out ? "test units" : "all units" }

  /// The spread of each estimator over data sets.
  var boxes: BoxChart {
    var chart = BoxChart(
      title: "\(metric) over data sets",
      rows: estimators.compactMap { estimator in
        let values = shown.filter { $0.estimator == estimator }.compactMap { $0.values[metric] }
        return BoxSummary(values).map { summary in
          (
            estimator,
            BoxChart.Box(
              whiskers: summary.whiskers, quartiles: summary.quartiles, median: summary.median,
              outliers: summary.outliers)
          )
        }
      })
    chart.subtitle = subtitle
    chart.axis = metric
    return chart
  }

  /// Every score, by estimator and data set.
  var map: HeatMap {
    let pairs = shown.map(\.pair).distinct
    var map = HeatMap(
      title: "\(metric) by estimator and data set", rowLabels: estimators,
      columnLabels: pairs.map { $0.split(separator: "=").last.map(String.init) ?? $0 },
      cells: estimators.map { estimator in
        pairs.map { pair in
          shown.first { $0.estimator == estimator && $0.pair == pair }?.values[metric]
        }
      })
    map.rowAxis = "estimator"
    map.columnAxis = "data set"
    map.unit = metric
    map.decimals = 2
    map.subtitle = subtitle
    return map
  }
}

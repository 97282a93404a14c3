import Compute
import Pipeline

/// The parameters of doubly robust averages: whether errors add up within clusters, and how the
/// lines that predict outcomes are cross-fitted.
struct AveragingParameters {
  private let usesClusters: Bool
  private let folds: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    usesClusters = p.bool(
      "cluster", default: true, help: "whether errors add up within clusters, where there are any")
    folds = p.int("folds", default: 5, in: 2...50, help: "parts of the cross-fitted lines")
    seed = p.int("seed", default: 1, in: 0...Int.max, help: "of the parts")
  }

  /// Outcomes of all units, by lines that were fitted without them.
  func outcomes(of data: CausalData) -> (untreated: [Double], treated: [Double]) {
    CrossFitting(data.sample, folds: folds, seed: UInt64(seed)).outcomes()
  }

  /// The cluster of each row; nil where units are independent.
  func clusters(of data: CausalData, _ rows: [Int]) -> [Int32]? {
    usesClusters ? data.cluster.map { all in rows.map { all[$0] } } : nil
  }
}

extension CausalData {
  /// Rows with predicted outcomes and propensities, as averages want them.
  func units(
    _ rows: [Int], _ outcomes: (untreated: [Double], treated: [Double]), _ propensities: [Double]
  ) -> [AverageEffect.Unit] {
    rows.map { row in
      AverageEffect.Unit(
        treated: treatment[row] == 1, y: Double(outcome[row]), mu0: outcomes.untreated[row],
        mu1: outcomes.treated[row], e: propensities[row])
    }
  }
}

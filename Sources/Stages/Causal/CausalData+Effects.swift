import Compute
import Pipeline

extension CausalData {
  /// Values of ``ResultColumns/dataset``.
  var cells: [Value] { ResultColumns.dataset(name, hash: hash) }

  /// Noiseless effect of each unit, where it is known.
  package var trueEffects: [Double]? {
    truth.map { truth in zip(truth.mu1, truth.mu0).map { Double($0) - Double($1) } }
  }

  /// What estimators see: the columns of role `feature`, treatment and outcome.
  package var sample: CausalSample {
    let kept = columns.indices.filter { columns[$0].role == .feature }
    guard kept.count < columns.count else {
      return CausalSample(x: x, treatment: treatment, outcome: outcome)
    }
    let (values, width) = (x.values, columns.count)
    let features = (0..<count).flatMap { row in kept.map { values[row * width + $0] } }
    return CausalSample(
      x: Tensor(features, shape: [count, kept.count]), treatment: treatment, outcome: outcome)
  }

  /// Mean outcome of the treated minus that of the untreated; nil where an arm is empty.
  func naiveDifference(_ rows: [Int]) -> Double? {
    let means = (0..<2).map { arm in
      Summary.mean(rows.filter { treatment[$0] == arm }.map { Double(outcome[$0]) })
    }
    guard let low = means[0], let high = means[1] else { return nil }
    return high - low
  }

  /// The effect on the treated: of the experiment where there is one (mean of its treated minus
  /// mean of its untreated), else the mean of the true effects; nil where neither is known.
  func effectOnTreated(_ rows: [Int]) -> Double? {
    if let randomised { return naiveDifference(rows.filter { randomised[$0] == 1 }) }
    return trueEffects.flatMap { effects in
      Summary.mean(rows.filter { treatment[$0] == 1 }.map { effects[$0] })
    }
  }

  /// The doubly robust score of each unit: the predicted effect, corrected by what the prediction
  /// missed of the outcome that was seen.
  ///
  /// - Throws: ``StageFailure`` for an estimator without outcomes, and for data without test rows:
  ///   of rows that trained the outcomes the scores say nothing new.
  func scores(_ effects: EffectFile, _ propensity: PropensityFile) throws -> [Double] {
    let outcomes = try effects.outcomes()
    guard part != nil, !rows(.test).isEmpty else {
      throw StageFailure(
        at: "input data", "no unit of \(name) is left for a test",
        why: "doubly robust scores are of units that trained nothing",
        fix: "connect the output of causal.split")
    }
    return units(Array(0..<count), outcomes, propensity.values).map(\.score)
  }

  /// Rows that the named set holds; all of them where the data are not split.
  func rows(of set: RowSet) -> [Int] {
    switch set {
    case .all: Array(0..<count)
    case .within: rows(.train, .validation)
    case .out: rows(.test)
    }
  }
}

extension CausalData.Grouping {
  /// The mean of a value over the first group minus that over the last, among some rows; nil where
  /// one of them is empty.
  func gap(_ values: [Double], _ rows: [Int]) -> Double? {
    func mean(_ label: Int) -> Double? {
      Summary.mean(rows.filter { members[$0] == label }.map { values[$0] })
    }
    return mean(0).flatMap { first in mean(labels.count - 1).map { first - $0 } }
  }
}

/// A named set of units.
enum RowSet: String, CaseIterable {
  /// Training and validation.
  case within
  /// Test.
  case out
  case all
}

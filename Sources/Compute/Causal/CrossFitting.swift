/// Propensities and outcomes of units from lines that were fitted to the other units.
///
/// An average effect whose outcomes and propensities were fitted to the very units it averages has
/// too small an error; parts that do not see their own units mend that.
///
/// - Source: Chernozhukov et al. 2018.
package struct CrossFitting: Sendable {
  package let sample: CausalSample
  /// Part of each unit.
  private let parts: [Int]
  private let folds: Int

  /// Parts with the same shares of both arms.
  ///
  /// - Precondition: at least 2 folds.
  package init(_ sample: CausalSample, folds: Int, seed: UInt64) {
    precondition(folds >= 2, "cross-fitting: \(folds) folds")
    self.sample = sample.standardised(by: Array(0..<sample.count))
    self.folds = folds
    var parts = [Int](repeating: 0, count: sample.count)
    for (arm, members) in sample.arms(Array(0..<sample.count)).enumerated() {
      var random = RandomStream.generator(seed: seed, purpose: "cross-fitting", arm)
      for (place, index) in random.permutation(members.count).enumerated() {
        parts[members[index]] = place % folds
      }
    }
    self.parts = parts
  }

  /// Propensities by logistic regression, not clipped.
  package func propensities() -> [Double] {
    byPart { others, own in
      let line = LeastSquares.logisticLine(
        sample.covariates(others), others.map { Double(sample.treatment[$0]) })
      return sample.covariates(own).map { LeastSquares.logistic(line($0)) }
    }
  }

  /// Mean outcomes without and with treatment: a line for each arm, logistic for 0/1 outcomes.
  package func outcomes() -> (untreated: [Double], treated: [Double]) {
    let isBinary = sample.isBinary
    func arm(_ arm: Int) -> [Double] {
      byPart { others, own in
        let rows = others.filter { sample.treatment[$0] == arm }
        let (x, y) = (sample.covariates(rows), rows.map { Double(sample.outcome[$0]) })
        let line =
          isBinary ? LeastSquares.logisticLine(x, y) : LeastSquares.line(x, y, ridge: 1e-6)
        return sample.covariates(own).map { isBinary ? LeastSquares.logistic(line($0)) : line($0) }
      }
    }
    return (arm(0), arm(1))
  }

  private func byPart(_ predict: (_ others: [Int], _ own: [Int]) -> [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: sample.count)
    for part in 0..<folds {
      let own = parts.indices.filter { parts[$0] == part }
      let others = parts.indices.filter { parts[$0] != part }
      for (row, value) in zip(own, predict(others, own)) { result[row] = value }
    }
    return result
  }
}

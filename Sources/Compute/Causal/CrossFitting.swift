/// Propensities and outcomes of units from lines that were fitted to the other units.
///
/// An average effect whose outcomes and propensities were fitted to the very units it averages has
/// too small an error; parts that do not see their own units mend that.
///
/// - Source: Chernozhukov et al. 2018.
package struct CrossFitting: Sendable {
  package let sample: CausalSample
  /// Units of each part.
  private let parts: [[Int]]
  private let seed: UInt64

  /// Parts with the same shares of both arms.
  ///
  /// - Precondition: at least 2 folds.
  package init(_ sample: CausalSample, folds: Int, seed: UInt64) {
    precondition(folds >= 2, "cross-fitting: \(folds) folds")
    self.sample = sample.standardised(by: Array(0..<sample.count))
    self.seed = seed
    parts = sample.folds(
      Array(0..<sample.count), count: folds, seed: seed, purpose: "cross-fitting")
  }

  /// Propensities by logistic regression, not clipped.
  package func propensities() -> [Double] {
    byPart { _, others, own in sample.propensities(fittedOn: others, of: own) }
  }

  /// Propensities by networks of one hidden layer, not clipped.
  ///
  /// A fifth of what a network may see chooses its best weights.
  ///
  /// - Parameters:
  ///   - width: of the hidden layer.
  ///   - training: steps, batch and rate; what concerns outcomes is set here.
  ///   - lanes: cores to use.
  ///   - isCancelled: asked now and then.
  /// - Returns: the propensity of each unit.
  /// - Throws: `cancelled`, or `diverged` when a loss is no longer finite.
  /// - Precondition: at least one covariate, and 2 units outside of every part and its fifth.
  package func propensities(
    networkOf width: Int, _ training: OutcomeTrainer.Settings, lanes: Lanes,
    isCancelled: () -> Bool = { false }
  ) throws(TrainingFailure) -> [Double] {
    var training = training
    (training.isBinary, training.alpha) = (true, 0)
    return try byPart { part, others, own throws(TrainingFailure) in
      training.seed = seed &+ UInt64(part)
      let fifths = sample.folds(others, count: 5, seed: training.seed, purpose: "propensity")
      let network = OutcomeNetwork(
        .init(
          inputs: sample.x.shape[1], representation: [width], head: [], heads: 1,
          isNormalised: false, initialScale: 1), seed: training.seed)
      try OutcomeTrainer(training, lanes: lanes).train(
        network, x: sample.x, outcome: sample.treatment.map(Float.init),
        training: [fifths.dropFirst().flatMap { $0 }], validation: [fifths[0]],
        isCancelled: isCancelled)
      let logits = network.predictions(sample.x, lanes: lanes).heads[0]
      return own.map { LeastSquares.logistic(Double(logits[$0])) }
    }
  }

  /// Mean outcomes without and with treatment: a line for each arm, logistic for 0/1 outcomes.
  package func outcomes() -> (untreated: [Double], treated: [Double]) {
    let isBinary = sample.isBinary
    func arm(_ arm: Int) -> [Double] {
      byPart { _, others, own in
        let rows = others.filter { sample.treatment[$0] == arm }
        let (x, y) = (sample.covariates(rows), rows.map { Double(sample.outcome[$0]) })
        let line =
          isBinary ? LeastSquares.logisticLine(x, y) : LeastSquares.line(x, y, ridge: 1e-6)
        return sample.covariates(own).map { isBinary ? LeastSquares.logistic(line($0)) : line($0) }
      }
    }
    return (arm(0), arm(1))
  }

  /// Values that `predict` gives for the units of each part; it sees those of the others,
  /// ascending.
  private func byPart<Failure: Error>(
    _ predict: (_ part: Int, _ others: [Int], _ own: [Int]) throws(Failure) -> [Double]
  ) throws(Failure) -> [Double] {
    var result = [Double](repeating: 0, count: sample.count)
    for (part, own) in parts.enumerated() {
      let others = parts.indices.filter { $0 != part }.flatMap { parts[$0] }.sorted()
      for (row, value) in zip(own, try predict(part, others, own)) { result[row] = value }
    }
    return result
  }
}

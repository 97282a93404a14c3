extension OutcomeTrainer {
  /// Rows by arm.
  package struct Rows: Sendable {
    /// `[N, inputs]`.
    package let x: Tensor
    /// N outcomes, in the scale that the network predicts.
    package let outcome: [Float]
    /// Row numbers of each arm; one arm for a plain regression.
    package let arms: [[Int]]
    /// Weights of single rows beside those of the arms; nil for 1.
    package let weights: [Float]?

    package init(x: Tensor, outcome: [Float], arms: [[Int]], weights: [Float]? = nil) {
      precondition(x.shape.rank == 2 && x.shape[0] == outcome.count, "outcome rows: \(x.shape)")
      self.x = x
      self.outcome = outcome
      self.arms = arms
      self.weights = weights
    }
  }

  /// Trains on some rows of a table; others, if any, choose the weights.
  ///
  /// - Parameters:
  ///   - network: with as many heads as arms.
  ///   - x: `[N, inputs]`.
  ///   - outcome: N, in the scale that the network predicts.
  ///   - weights: of single rows; nil for 1.
  ///   - training: row numbers of each arm, at least 2.
  ///   - validation: row numbers of each arm; all empty keeps the last weights.
  ///   - isCancelled: asked at every check.
  /// - Throws: see `train(_:on:validation:isCancelled:)`.
  func train(
    _ network: OutcomeNetwork, x: Tensor, outcome: [Float], weights: [Float]? = nil,
    training: [[Int]], validation: [[Int]], isCancelled: () -> Bool
  ) throws(TrainingFailure) {
    func rows(_ arms: [[Int]]) -> Rows {
      Rows(x: x, outcome: outcome, arms: arms, weights: weights)
    }
    try train(
      network, on: rows(training),
      validation: validation.allSatisfy(\.isEmpty) ? nil : rows(validation),
      isCancelled: isCancelled)
  }
}

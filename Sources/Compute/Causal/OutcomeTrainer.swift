import Foundation

/// Trains an ``OutcomeNetwork`` on factual outcomes.
///
///     L = sum_i w_i l(p_i, y_i) / N + alpha D(Phi of arm 0, Phi of arm 1)
///         [+ BCE of the propensity + ratio targeted regularisation]
///     w_i = 1 / (K u_k), K arms, u_k the share of arm k in training; or 1
///
/// and weight decay on head weights. The weights of the check with the lowest loss on the
/// validation rows are kept; no counterfactual outcome takes part.
///
/// A discrepancy that compares all pairs of rows looks at 1,000 of each arm at most, drawn once for
/// validation and anew for each step, so that its matrices stay within 8 MB.
package struct OutcomeTrainer: Sendable {
  package struct Settings: Sendable, Equatable {
    package var steps = 1500
    /// Rows of a step; arms keep their shares in every batch.
    package var batch = 200
    package var learningRate = 1e-3
    /// The rate is multiplied by this every 100 steps.
    package var decay = 0.97
    /// Factor of the squared head weights: lambda sum ||W||^2 / 2.
    package var lambda = 1e-4
    package var alpha = 0.0
    package var discrepancy = Discrepancy.mmd_lin
    package var sigma = 0.1
    package var planGradient = SinkhornGradient.unrolled
    /// Whether outcomes are 0 or 1 and predictions are logits.
    package var isBinary = false
    /// Whether arms count the same in the loss, whatever their sizes.
    package var balancesArms = true
    /// Factor of the targeted regularisation; needs a propensity head.
    package var targetedRatio = 0.0
    /// Steps between two looks at the validation rows.
    package var checkEvery = 50
    package var seed: UInt64 = 0

    package init() {}
  }

  /// What a check measured.
  package struct Check: Sendable {
    package let step: Int
    package let training: Double
    package let validation: Double
  }

  package let settings: Settings
  private let lanes: Lanes
  private static let comparedRows = 1000

  package init(_ settings: Settings, lanes: Lanes) {
    self.settings = settings
    self.lanes = lanes
  }

  /// Trains in place and leaves the best weights.
  ///
  /// - Parameters:
  ///   - network: with as many heads as arms.
  ///   - training: at least 2 rows in each arm.
  ///   - validation: what the weights are chosen by; nil keeps the last.
  ///   - isCancelled: asked at every check.
  /// - Returns: the checks, in order.
  /// - Throws: where the loss is no longer finite, or training was cancelled.
  @discardableResult
  package func train(
    _ network: OutcomeNetwork, on training: Rows, validation: Rows?,
    isCancelled: () -> Bool = { false }
  ) throws(TrainingFailure) -> [Check] {
    precondition(
      network.configuration.heads == training.arms.count
        && training.arms.allSatisfy { $0.count >= 2 },
      "outcome trainer: \(network.configuration.heads) heads, arms of"
        + " \(training.arms.map(\.count))")
    let armWeights = self.armWeights(training)
    var source = OutcomeBatchSource(training, size: settings.batch, seed: settings.seed)
    let held = validation.map { OutcomeBatch($0, rows: shuffled($0.arms)) }
    var optimiser = Adam()
    var (best, bestLoss) = (network.parameters.values, Double.infinity)
    var checks: [Check] = []
    for step in 1...settings.steps {
      network.parameters.zeroGradients()
      let loss = addGradients(network, source.next(), armWeights)
      let rate = settings.learningRate * pow(settings.decay, Double((step - 1) / 100))
      let diverged = TrainingFailure.diverged(step: step, learningRate: rate)
      guard loss.isFinite else { throw diverged }
      if settings.lambda > 0 {
        network.parameters.addDecay(
          of: network.headWeights, factor: Float(settings.lambda), lanes: lanes)
      }
      optimiser.step(network.parameters, learningRate: rate, lanes: lanes)
      guard step % settings.checkEvery == 0 || step == settings.steps else { continue }
      if isCancelled() { throw .cancelled }
      guard let held else { continue }
      let tape = Tape(lanes: lanes, isRecording: false)
      let value = Double(self.loss(network, held, armWeights, on: tape).value.item)
      guard value.isFinite else { throw diverged }
      checks.append(Check(step: step, training: loss, validation: value))
      if value < bestLoss { (best, bestLoss) = (network.parameters.values, value) }
    }
    if validation != nil { network.parameters.values = best }
    return checks
  }

  /// Arms of which not all rows are compared, in random order, so that the first are drawn.
  private func shuffled(_ arms: [[Int]]) -> [[Int]] {
    arms.enumerated().map { arm, rows in
      guard rows.count > compared(rows.count) else { return rows }
      var random = RandomStream.generator(
        seed: settings.seed, purpose: "compared validation rows", arm)
      return random.permutation(rows.count).map { rows[$0] }
    }
  }

  /// Rows of an arm that the discrepancy looks at.
  private func compared(_ count: Int) -> Int {
    settings.alpha > 0 && settings.discrepancy != .mmd_lin ? min(count, Self.comparedRows) : count
  }

  /// 1 / (K u_k) for each arm, or 1.
  private func armWeights(_ rows: Rows) -> [Float] {
    let total = rows.arms.reduce(0) { $0 + $1.count }
    return rows.arms.map { arm in
      settings.balancesArms ? Float(total) / Float(rows.arms.count * arm.count) : 1
    }
  }

  /// The tape is gone when this returns, so that the parameters have one owner again.
  private func addGradients(
    _ network: OutcomeNetwork, _ batch: OutcomeBatch, _ armWeights: [Float]
  ) -> Double {
    let tape = Tape(lanes: lanes)
    let loss = loss(network, batch, armWeights, on: tape)
    tape.backward(from: loss)
    return Double(loss.value.item)
  }

  private func loss(
    _ network: OutcomeNetwork, _ batch: OutcomeBatch, _ armWeights: [Float], on tape: Tape
  ) -> Variable {
    let output = network(.constant(batch.x), boundary: batch.boundary, on: tape)
    let count = batch.outcome.count
    var weights = [Float](repeating: armWeights[0] / Float(count), count: count)
    if armWeights.count == 2 {
      for row in batch.boundary..<count { weights[row] = armWeights[1] / Float(count) }
    }
    if let factors = batch.weights {
      for row in 0..<count { weights[row] *= factors[row] }
    }
    let factual =
      settings.isBinary
      ? tape.logisticLoss(output.factual, targets: batch.outcome, weights: weights)
      : tape.squaredError(output.factual, targets: batch.outcome, weights: weights)
    var terms: [(value: Variable, weight: Float)] = [(factual, 1)]
    if settings.alpha > 0, batch.boundary >= 2, count - batch.boundary >= 2 {
      let phi = output.representation
      let distance = tape.discrepancy(
        tape.rows(phi, 0..<compared(batch.boundary)),
        tape.rows(phi, batch.boundary..<batch.boundary + compared(count - batch.boundary)),
        settings.discrepancy, sigma: settings.sigma, planGradient: settings.planGradient)
      terms.append((distance, Float(settings.alpha)))
    }
    if let logits = output.propensity {
      let treatment = (0..<count).map { Float($0 < batch.boundary ? 0 : 1) }
      let each = [Float](repeating: 1 / Float(count), count: count)
      terms.append(
        (tape.logisticLoss(logits, targets: treatment, weights: each, margin: 0.001), 1))
      if settings.targetedRatio > 0 {
        let epsilon = tape.parameter(network.fluctuation, of: network.parameters)
        terms.append(
          (
            tape.targetedRegularisation(
              output.factual, logits: logits, epsilon: epsilon, treatment: treatment,
              targets: batch.outcome), Float(settings.targetedRatio)
          ))
      }
    }
    return terms.count == 1 ? factual : tape.weightedSum(terms)
  }
}

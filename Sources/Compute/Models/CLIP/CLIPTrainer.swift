import Foundation

/// Trains both towers of a CLIP on pairs.
///
/// AdamW with weight decay on matrices only, gradients clipped together, the rate up a line over
/// the warm-up and down half a cosine to a twentieth. The order of an epoch depends on the seed and
/// the epoch alone; the last incomplete batch of an epoch is left out.
package struct CLIPTrainer: Sendable {
  package struct Settings: Sendable {
    package var epochs = 14
    package var batch = 128
    package var learningRate = 1.5e-3
    package var weightDecay = 0.1
    package var beta1 = 0.9
    package var beta2 = 0.98
    package var warmup = 100
    package var clipNorm = 1.0
    package var seed: UInt64 = 0

    package init() {}

    /// The rate of a step, counted from 0.
    package func rate(step: Int, of total: Int) -> Double {
      if step < warmup { return learningRate * Double(step + 1) / Double(warmup) }
      let place = Double(step - warmup) / Double(max(1, total - 1 - warmup))
      return learningRate * (0.05 + 0.95 * (1 + cos(Double.pi * min(1, place))) / 2)
    }
  }

  /// What one step gave.
  package struct Progress: Sendable {
    package let epoch: Int
    package let step: Int
    package let steps: Int
    package let loss: Double
    package var isEpochEnd: Bool
  }

  package let settings: Settings
  package let lanes: Lanes

  package init(_ settings: Settings, lanes: Lanes) {
    self.settings = settings
    self.lanes = lanes
  }

  /// Runs steps whose loss `loss` records on the tape that it is given.
  ///
  /// - Parameters:
  ///   - model: trained in place.
  ///   - count: pairs.
  ///   - loss: from the pairs of a batch to a scalar.
  ///   - onEpochEnd: called behind the last step of each epoch, before `onStep`.
  ///   - isCancelled: asked before each step.
  ///   - onStep: called behind each step.
  /// - Throws: where the loss, its gradient or the last weights are not finite, or training was
  ///   cancelled.
  package func run(
    _ model: CLIP, count: Int, loss: (_ pairs: [Int], _ tape: Tape) -> Variable,
    onEpochEnd: (Int) -> Void = { _ in }, isCancelled: () -> Bool, onStep: (Progress) -> Void
  ) throws(TrainingFailure) {
    let (batch, arena) = (min(settings.batch, count), model.parameters)
    let perEpoch = count / batch
    let total = perEpoch * settings.epochs
    var optimiser = Adam(
      AdamSettings(beta1: settings.beta1, beta2: settings.beta2), decay: .decoupled)
    for epoch in 0..<settings.epochs {
      var random = RandomStream.generator(
        seed: settings.seed, purpose: "order of CLIP pairs", epoch)
      let order = random.permutation(count)
      for index in 0..<perEpoch {
        if isCancelled() { throw .cancelled }
        let step = epoch * perEpoch + index
        arena.zeroGradients()
        let value = gradient(Array(order[index * batch..<(index + 1) * batch]), loss)
        let norm = arena.clipGradients(toNorm: settings.clipNorm, lanes: lanes)
        let rate = settings.rate(step: step, of: total)
        let diverged = TrainingFailure.diverged(step: step + 1, learningRate: rate)
        guard value.isFinite, norm.isFinite else { throw diverged }
        arena.shrinkMatrices(by: 1 - Float(rate * settings.weightDecay))
        optimiser.step(arena, learningRate: rate, lanes: lanes)
        // Each later step would notice by its loss.
        if step == total - 1, !arena.values.isFinite { throw diverged }
        let isEnd = index == perEpoch - 1
        if isEnd { onEpochEnd(epoch) }
        onStep(
          Progress(epoch: epoch, step: step, steps: total, loss: value, isEpochEnd: isEnd))
      }
    }
  }

  /// Collects the gradient of one batch; the tape goes before the optimiser writes.
  private func gradient(
    _ pairs: [Int], _ loss: (_ pairs: [Int], _ tape: Tape) -> Variable
  ) -> Double {
    let tape = Tape(lanes: lanes)
    let value = loss(pairs, tape)
    tape.backward(from: value)
    return Double(value.value.item)
  }
}

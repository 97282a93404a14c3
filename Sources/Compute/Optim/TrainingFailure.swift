/// Why a training ended early. Parameters and running statistics are then as the last step left
/// them; after a divergence they may be anything.
package enum TrainingFailure: Error, Equatable {
  case cancelled
  /// The loss, its gradient or a parameter became infinite or not a number; steps count from 1.
  case diverged(step: Int, learningRate: Double)
}

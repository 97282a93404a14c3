extension LanguageModelTrainer {
  /// How the weights move: AdamW at one rate.
  package struct Recipe: Sendable {
    package var steps: Int
    package var learningRate: Double
    /// Largest norm of a step's gradient.
    package var clipNorm: Double
    package var weightDecay: Double
    /// Whether layers are computed again on the way back instead of kept.
    package var checkpointing: Bool

    package init(
      steps: Int, learningRate: Double, clipNorm: Double, weightDecay: Double = 0,
      checkpointing: Bool = false
    ) {
      (self.steps, self.learningRate, self.clipNorm) = (steps, learningRate, clipNorm)
      (self.weightDecay, self.checkpointing) = (weightDecay, checkpointing)
    }
  }

  /// What one step gave.
  package struct Progress: Sendable {
    /// From 1.
    package let step: Int
    /// Mean over the step's tokens, nats.
    package let loss: Float
    /// Of the gradient before clipping.
    package let norm: Double
  }

  /// Tunes in place.
  ///
  /// - Parameters:
  ///   - recipe: see there.
  ///   - windows: the sequences of a step, counted from 0.
  ///   - lanes: cores to use.
  ///   - isCancelled: asked before each step.
  ///   - onStep: called behind each step.
  /// - Throws: where the loss or its gradient is not finite, or tuning was cancelled.
  package func run(
    _ recipe: Recipe, windows: (_ step: Int) -> [[Int32]], lanes: Lanes,
    isCancelled: () -> Bool = { false }, onStep: (Progress) -> Void = { _ in }
  ) throws(TrainingFailure) {
    var optimiser = Adam(AdamSettings(weightDecay: recipe.weightDecay), decay: .decoupled)
    for step in 0..<recipe.steps {
      if isCancelled() { throw .cancelled }
      parameters.zeroGradients()
      let loss = addGradients(windows(step), checkpointing: recipe.checkpointing, lanes: lanes)
      let norm = parameters.clipGradients(toNorm: recipe.clipNorm, lanes: lanes)
      guard loss.isFinite, norm.isFinite else {
        throw .diverged(step: step + 1, learningRate: recipe.learningRate)
      }
      optimiser.step(parameters, learningRate: recipe.learningRate, lanes: lanes)
      onStep(Progress(step: step + 1, loss: loss, norm: norm))
    }
  }
}

/// Adam with decoupled weight decay: the parameters shrink beside the Adam step.
///
///     p = p (1 - lr weightDecay), then the step of `Adam` without weight decay
///
/// - Source: Loshchilov & Hutter 2019.
package struct AdamW: Optimiser {
  package let settings: AdamSettings
  private var moments: AdamMoments?

  package init(_ settings: AdamSettings = AdamSettings()) {
    self.settings = settings
  }

  package mutating func step(_ arena: ParameterArena, learningRate: Double, lanes: Lanes) {
    if moments == nil { moments = AdamMoments(shape: arena.values.shape) }
    moments?.step(arena, settings, learningRate: learningRate, decoupled: true, lanes: lanes)
  }
}

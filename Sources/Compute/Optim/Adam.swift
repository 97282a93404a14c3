/// Adam with coupled weight decay: it is part of the gradient and so of the moments.
///
///     g = g + weightDecay p
///     m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///     p = p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
///
/// - Source: Kingma & Ba 2015.
package struct Adam: Optimiser {
  package let settings: AdamSettings
  private var moments: AdamMoments?

  package init(_ settings: AdamSettings = AdamSettings()) {
    self.settings = settings
  }

  package mutating func step(_ arena: ParameterArena, learningRate: Double, lanes: Lanes) {
    if moments == nil { moments = AdamMoments(shape: arena.values.shape) }
    moments?.step(arena, settings, learningRate: learningRate, decoupled: false, lanes: lanes)
  }
}

internal import CKernels

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
    var state = moments.take() ?? AdamMoments(shape: arena.values.shape)
    state.stepCount += 1
    let corrections = state.corrections(settings)
    let count = arena.values.count
    arena.gradients.withUnsafeFloats { g in
      state.first.withUnsafeMutableFloats { m in
        state.second.withUnsafeMutableFloats { v in
          arena.values.withUnsafeMutableFloats { p in
            lanes.forEachPiece(of: count) { start, count in
              ck_adam(
                p + start, m + start, v + start, g + start, Int64(count), Float(learningRate),
                Float(settings.beta1), Float(settings.beta2), Float(settings.eps),
                Float(settings.weightDecay), corrections.first, corrections.second)
            }
          }
        }
      }
    }
    moments = state
  }
}

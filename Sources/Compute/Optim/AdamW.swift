internal import CKernels

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
    var state = moments.take() ?? AdamMoments(shape: arena.values.shape)
    state.stepCount += 1
    let corrections = state.corrections(settings)
    let count = arena.values.count
    arena.gradients.withUnsafeFloats { g in
      state.first.withUnsafeMutableFloats { m in
        state.second.withUnsafeMutableFloats { v in
          arena.values.withUnsafeMutableFloats { p in
            lanes.forEachPiece(of: count) { start, count in
              ck_adamw(
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

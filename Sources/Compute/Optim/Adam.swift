internal import CKernels

/// Adam, with weight decay inside the gradient or beside the step.
///
///     g = g + weightDecay p              (coupled: part of the moments)
///     m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///     p = p (1 - lr weightDecay)         (decoupled: AdamW)
///     p = p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
///
/// - Source: Kingma & Ba 2015; Loshchilov & Hutter 2019 (decoupled).
package struct Adam: Optimiser {
  package enum Decay: Sendable {
    case coupled, decoupled
  }

  package let settings: AdamSettings
  package let decay: Decay
  private var moments: (first: Tensor, second: Tensor)?
  /// beta1^t and beta2^t after t steps, of the betas as the kernels see them.
  private var powers = (first: 1.0, second: 1.0)

  package init(_ settings: AdamSettings = AdamSettings(), decay: Decay = .coupled) {
    (self.settings, self.decay) = (settings, decay)
  }

  package mutating func step(_ arena: ParameterArena, learningRate: Double, lanes: Lanes) {
    let (beta1, beta2) = (Float(settings.beta1), Float(settings.beta2))
    powers.first *= Double(beta1)
    powers.second *= Double(beta2)
    let corrections = (first: Float(1 - powers.first), second: Float(1 - powers.second))
    let update = decay == .coupled ? ck_adam : ck_adamw
    let shape = arena.values.shape
    var (first, second) = moments.take() ?? (Tensor(zeros: shape), Tensor(zeros: shape))
    arena.gradients.withUnsafeFloats { g in
      first.withUnsafeMutableFloats { m in
        second.withUnsafeMutableFloats { v in
          arena.values.withUnsafeMutableFloats { p in
            lanes.forEachPiece(of: shape.count) { start, count in
              update(
                p + start, m + start, v + start, g + start, Int64(count), Float(learningRate),
                beta1, beta2, Float(settings.eps), Float(settings.weightDecay),
                corrections.first, corrections.second)
            }
          }
        }
      }
    }
    moments = (first, second)
  }
}

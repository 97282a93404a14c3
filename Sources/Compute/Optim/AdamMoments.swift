internal import CKernels

/// Running moments of the gradient, with the corrections for their start at zero: the step that
/// `Adam` and `AdamW` share.
struct AdamMoments {
  private var first: Tensor
  private var second: Tensor
  /// beta1^t and beta2^t after t steps, of the betas as the kernels see them.
  private var powers = (first: 1.0, second: 1.0)

  init(shape: Shape) {
    first = Tensor(zeros: shape)
    second = Tensor(zeros: shape)
  }

  /// One update of all parameters.
  ///
  /// - Parameters:
  ///   - arena: parameters and gradients, of the shape of the moments.
  ///   - settings: the constants.
  ///   - learningRate: step size of this step.
  ///   - decoupled: whether weight decay shrinks the parameters beside the step instead of being
  ///     part of the gradient.
  ///   - lanes: cores to use.
  mutating func step(
    _ arena: ParameterArena, _ settings: AdamSettings, learningRate: Double, decoupled: Bool,
    lanes: Lanes
  ) {
    let (beta1, beta2) = (Float(settings.beta1), Float(settings.beta2))
    powers.first *= Double(beta1)
    powers.second *= Double(beta2)
    let corrections = (first: Float(1 - powers.first), second: Float(1 - powers.second))
    let update = decoupled ? ck_adamw : ck_adam
    let count = arena.values.count
    arena.gradients.withUnsafeFloats { g in
      first.withUnsafeMutableFloats { m in
        second.withUnsafeMutableFloats { v in
          arena.values.withUnsafeMutableFloats { p in
            lanes.forEachPiece(of: count) { start, count in
              update(
                p + start, m + start, v + start, g + start, Int64(count), Float(learningRate),
                beta1, beta2, Float(settings.eps), Float(settings.weightDecay),
                corrections.first, corrections.second)
            }
          }
        }
      }
    }
  }
}

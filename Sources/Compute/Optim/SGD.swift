internal import CKernels

/// Stochastic gradient descent with momentum; weight decay is added to the gradient.
///
///     v = momentum v + (g + weightDecay p)        p = p - lr v
package struct SGD: Optimiser {
  package let momentum: Double
  package let weightDecay: Double
  private var velocity: Tensor?

  /// An optimiser at rest.
  ///
  /// - Precondition: `0 <= momentum < 1` and `weightDecay >= 0`.
  package init(momentum: Double = 0, weightDecay: Double = 0) {
    precondition(
      momentum >= 0 && momentum < 1 && weightDecay >= 0,
      "sgd: momentum \(momentum), weight decay \(weightDecay)")
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  package mutating func step(_ arena: ParameterArena, learningRate: Double, lanes: Lanes) {
    var v = velocity.take() ?? Tensor(zeros: arena.values.shape)
    let count = v.count
    arena.gradients.withUnsafeFloats { g in
      v.withUnsafeMutableFloats { v in
        arena.values.withUnsafeMutableFloats { p in
          lanes.forEachPiece(of: count) { start, count in
            ck_sgd(
              p + start, v + start, g + start, Int64(count), Float(learningRate),
              Float(momentum), Float(weightDecay))
          }
        }
      }
    }
    velocity = v
  }
}

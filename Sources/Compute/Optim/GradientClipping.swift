internal import CKernels

extension ParameterArena {
  /// Scales all gradients down together when their norm exceeds a limit.
  ///
  ///     norm = sqrt(sum of g^2),   g = g limit / norm where norm > limit
  ///
  /// - Parameters:
  ///   - limit: largest norm allowed, above 0.
  ///   - lanes: cores to use.
  /// - Returns: the norm before clipping; not finite when a gradient is not, and then nothing is
  ///   scaled.
  /// - Source: Pascanu et al. 2013; squares summed in float32 lanes over 4,096 values, then in
  ///   float64 in order.
  @discardableResult
  package func clipGradients(toNorm limit: Double, lanes: Lanes) -> Double {
    precondition(limit > 0, "clip: limit \(limit)")
    let squares = gradients.withUnsafeFloats { g in
      lanes.mapChunks(of: gradients.count, size: 65_536, work: gradients.count) { _, part in
        ck_sum_squares(g + part.lowerBound, Int64(part.count))
      }
    }
    let norm = squares.reduce(0, +).squareRoot()
    if norm > limit, norm.isFinite { gradients.scale(by: Float(limit / norm), lanes: lanes) }
    return norm
  }
}

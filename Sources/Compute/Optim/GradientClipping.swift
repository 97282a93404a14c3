internal import CKernels

extension ParameterArena {
  /// Scales all gradients down so that their Euclidean norm is at most `maximum`.
  ///
  ///     g = g min(1, maximum / |g|)
  ///
  /// - Parameters:
  ///   - maximum: largest norm allowed, above 0.
  ///   - lanes: cores to use.
  /// - Returns: the norm before clipping.
  @discardableResult
  package func clipGradients(toNorm maximum: Double, lanes: Lanes) -> Double {
    precondition(maximum > 0, "clip gradients: norm \(maximum)")
    let count = gradients.count
    let norm = gradients.withUnsafeFloats { g in
      lanes.mapChunks(of: count, size: 1 << 16, work: count) { _, items in
        ck_sum_squares(g + items.lowerBound, Int64(items.count))
      }.reduce(0, +).squareRoot()
    }
    if norm > maximum { gradients.scale(by: Float(maximum / norm), lanes: lanes) }
    return norm
  }
}

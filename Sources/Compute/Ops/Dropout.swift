internal import CKernels

extension Tape {
  /// Drops elements at random and scales up the rest, so that the mean stays.
  ///
  ///     y[i] = x[i] / (1 - p) with probability 1 - p, else 0       dx the same map of dy
  ///
  /// Which elements fall is a hash of (key, i): nothing is kept for the way back, and the lanes do
  /// not matter. For recipes that train with dropout, as those of ViT and GPT-2 do; no stage of
  /// today drops anything.
  ///
  /// - Parameters:
  ///   - x: any shape, fewer than 2^32 elements.
  ///   - probability: p, in 0 ..< 1.
  ///   - key: address of this mask: draw it from a `RandomStream` by seed, purpose, step and layer.
  /// - Returns: the shape of `x`.
  /// - Source: Srivastava et al. 2014.
  package func dropout(_ x: consuming Variable, probability: Double, key: UInt64) -> Variable {
    precondition((0..<1).contains(probability), "dropout: probability \(probability)")
    guard probability > 0 else { return x }
    let (lanes, slot) = (lanes, x.slot)
    let (threshold, scale) = (UInt32(probability * 0x1p32), Float(1 / (1 - probability)))
    func drop(_ values: inout Tensor) {
      let count = values.count
      values.withUnsafeMutableFloats { y in
        lanes.forEachPiece(of: count) { start, count in
          ck_dropout(
            y + start, y + start, Int64(count), Int64(start), key, threshold, scale)
        }
      }
    }
    var y = (consume x).value
    drop(&y)
    return record(y, fromSlots: [slot]) { gradient in
      drop(&gradient)
      return [gradient]
    }
  }
}

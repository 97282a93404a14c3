internal import CKernels

extension Tape {
  /// An affine map per channel (the last axis), with optional residual and ReLU, in one pass.
  ///
  ///     y = x scale + shift (+ residual), then max(y, 0) if `relu`
  ///     g = dy where y > 0 (everywhere without ReLU);   dx = g scale,   dResidual = g
  ///
  /// Works in place when nothing else holds `x`.
  ///
  /// - Parameters:
  ///   - x: `[..., C]`.
  ///   - scale: `[C]`, constant.
  ///   - shift: `[C]`, constant.
  ///   - residual: the shape of `x`.
  ///   - relu: whether negative results become 0.
  /// - Returns: the shape of `x`.
  package func channelAffine(
    _ x: consuming Variable, scale: Tensor, shift: Tensor, residual: Variable? = nil,
    relu: Bool = false
  ) -> Variable {
    let shape = x.shape
    let channels = scale.count
    precondition(
      shape.rank >= 1 && shape[shape.rank - 1] == channels && shift.count == channels
        && (residual.map { $0.shape == shape } ?? true),
      "channel affine: input \(shape), scale \(scale.shape), shift \(shift.shape), residual "
        + "\(residual?.shape.description ?? "none")")
    let lanes = self.lanes
    let rows = shape.count / max(1, channels)
    let slots = [x.slot] + (residual.map { [$0.slot] } ?? [])
    var y = (consume x).value
    y.withUnsafeMutableFloats { y in
      Tensor.withUnsafeFloats(scale, shift, residual?.value ?? scale) { scale, shift, added in
        lanes.forEachGroup(of: rows, floats: channels) { rows in
          let start = rows.lowerBound * channels
          ck_scale_shift(
            y + start, y + start, scale, shift, residual == nil ? nil : added + start,
            Int64(rows.count), Int64(channels), relu)
        }
      }
    }
    let output = y
    return record(output, fromSlots: slots) { gradient in
      var masked = slots.count > 1 ? Tensor(uninitialized: shape) : nil
      let zeros = Tensor(zeros: scale.shape)
      gradient.withUnsafeMutableFloats { dx in
        Tensor.withUnsafeFloats(output, scale, zeros) { y, scale, zeros in
          func run(_ dResidual: UnsafeMutablePointer<Float>?) {
            lanes.forEachGroup(of: rows, floats: channels) { rows in
              let start = rows.lowerBound * channels
              ck_batchnorm_backward(
                dx + start, dResidual.map { $0 + start }, dx + start, y + start, y + start, scale,
                zeros, zeros, scale, zeros, zeros, Int64(rows.count), Int64(channels), relu)
            }
          }
          if masked?.withUnsafeMutableFloats({ run($0) }) == nil { run(nil) }
        }
      }
      return [gradient] + (masked.map { [$0] } ?? [])
    }
  }
}

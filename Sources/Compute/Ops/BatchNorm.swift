internal import CKernels

/// What batch norm gives: its output and the statistics that running averages want.
package struct BatchNormResult {
  package let output: Variable
  /// Mean of the batch, `[C]`.
  package let mean: Tensor
  /// Variance of the batch with divisor n - 1, `[C]`; nil where a channel has one value, which
  /// says nothing about it.
  package let unbiasedVariance: Tensor?
}

extension Tape {
  /// Batch norm with the batch's own statistics, an optional residual and ReLU, in one pass.
  ///
  ///     xhat = (x - mean) / sqrt(variance + eps)        per channel, variance with divisor n
  ///     y = scale xhat + shift (+ residual), then max(y, 0) if `relu`
  ///     g = dy where y > 0 (everywhere without ReLU);   dResidual = g
  ///     dscale = sum g xhat,  dshift = sum g
  ///     dx = scale / sqrt(variance + eps) (g - dshift / n - xhat dscale / n)
  ///
  /// Only x and per-channel numbers are kept for the way back (and y where a residual was added):
  /// the mask is computed again.
  ///
  /// - Parameters:
  ///   - x: `[..., C]`, usually `[N, H, W, C]`; n is the number of values of a channel.
  ///   - scale: `[C]`.
  ///   - shift: `[C]`.
  ///   - residual: the shape of `x`.
  ///   - relu: whether negative results become 0.
  ///   - eps: added to the variance, above 0.
  /// - Returns: the output, of the shape of `x`, and the batch's statistics.
  /// - Source: Ioffe & Szegedy 2015; sums in float32 over 64 values, beyond that in float64.
  package func batchNorm(
    _ x: Variable, scale: Variable, shift: Variable, residual: Variable? = nil, relu: Bool,
    eps: Float = 1e-5
  ) -> BatchNormResult {
    let shape = x.shape
    precondition(
      shape.rank >= 1 && shape.count > 0 && scale.shape == [shape[shape.rank - 1]]
        && shift.shape == scale.shape && (residual.map { $0.shape == shape } ?? true),
      "batch norm: input \(shape), scale \(scale.shape), shift \(shift.shape), residual "
        + "\(residual?.shape.description ?? "none")")
    precondition(eps > 0, "batch norm: eps \(eps), which a constant channel divides by")
    let norm = ChannelNorm(rows: shape.count / scale.shape.count, relu: relu, lanes: lanes)
    let statistics = norm.statistics(x.value, gain: scale.value, offset: shift.value, eps: eps)
    let y = norm.forward(x.value, statistics, residual: residual?.value)
    let (input, kept) = (x.value, residual != nil && relu ? y : nil)
    let hasResidual = residual != nil
    let output = record(y, from: [x, scale, shift] + (residual.map { [$0] } ?? [])) { gradient in
      let sums = norm.gradientSums(gradient, input, output: kept, statistics)
      let dResidual = norm.backward(
        &gradient, input, output: kept, statistics, sums, hasResidual: hasResidual)
      return [gradient, sums.scale, sums.shift] + (dResidual.map { [$0] } ?? [])
    }
    return BatchNormResult(
      output: output, mean: statistics.mean, unbiasedVariance: statistics.unbiasedVariance)
  }
}

/// Per-channel numbers of one batch, each `[C]`.
private struct ChannelStatistics {
  let mean: Tensor
  let unbiasedVariance: Tensor?
  let inverseDeviation: [Float]
  /// y = x * scale + shift.
  let scale: Tensor
  let shift: Tensor
}

/// Gradients of gain and offset, each `[C]`.
private struct ChannelGradients {
  let scale: Tensor
  let shift: Tensor
}

/// The passes of batch norm over `[rows, channels]`.
private struct ChannelNorm {
  let rows: Int
  let relu: Bool
  let lanes: Lanes

  /// Calls `body` for chunks of rows of about 128 KiB, in multiples of the 64 rows that the kernels
  /// sum in float32.
  private func forEachChunk(
    channels: Int, _ body: (_ chunk: Int, _ start: Int, _ rows: Int64) -> Void
  ) {
    lanes.forEachChunk(of: rows, size: chunkRows(channels), work: rows * channels) {
      body($0, $1.lowerBound * channels, Int64($1.count))
    }
  }

  private func chunkRows(_ channels: Int) -> Int { max(64, 32_768 / channels / 64 * 64) }

  /// Two float64 sums per channel: a chunk's by `body`, added in chunk order.
  private func sums(
    channels: Int,
    _ body: (
      _ first: UnsafeMutablePointer<Double>, _ second: UnsafeMutablePointer<Double>, _ start: Int,
      _ rows: Int64
    ) -> Void
  ) -> (first: [Double], second: [Double]) {
    let size = chunkRows(channels)
    let chunks = (rows + size - 1) / size
    var partials = [Double](repeating: 0, count: chunks * 2 * channels)
    partials.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      forEachChunk(channels: channels) { chunk, start, rows in
        let target = base + chunk * 2 * channels
        body(target, target + channels, start, rows)
      }
    }
    var (first, second) = (partials[..<channels], partials[channels..<2 * channels])
    for chunk in 1..<max(1, chunks) {
      for c in 0..<channels {
        first[c] += partials[chunk * 2 * channels + c]
        second[channels + c] += partials[(chunk * 2 + 1) * channels + c]
      }
    }
    return (Array(first), Array(second))
  }

  func statistics(
    _ x: Tensor, gain: Tensor, offset: Tensor, eps: Float
  ) -> ChannelStatistics {
    let channels = gain.count
    // Sums of differences from the first row: no cancellation when the mean is far from 0.
    let pivot = x.view(at: 0, shape: gain.shape)
    let (sum, squares) = Tensor.withUnsafeFloats(x, pivot) { x, pivot in
      sums(channels: channels) { sum, squares, start, rows in
        ck_channel_moments(sum, squares, x + start, pivot, rows, Int64(channels))
      }
    }
    let n = Double(rows)
    let difference = sum.map { $0 / n }
    let mean = zip(pivot.values, difference).map { Float(Double($0) + $1) }
    // Not `max`, which would turn NaN into 0.
    let variance = zip(squares, difference).map { square, difference in
      let variance = square / n - difference * difference
      return variance < 0 ? 0 : variance
    }
    let inverseDeviation = variance.map { Float(1 / ($0 + Double(eps)).squareRoot()) }
    let scale = zip(gain.values, inverseDeviation).map { $0 * $1 }
    let shift = zip(offset.values, zip(mean, scale)).map { $0 - $1.0 * $1.1 }
    return ChannelStatistics(
      mean: Tensor(mean),
      unbiasedVariance: rows > 1 ? Tensor(variance.map { Float($0 * n / (n - 1)) }) : nil,
      inverseDeviation: inverseDeviation, scale: Tensor(scale), shift: Tensor(shift))
  }

  func forward(_ x: Tensor, _ statistics: ChannelStatistics, residual: Tensor?) -> Tensor {
    let channels = statistics.scale.count
    return Tensor(x.shape) { y in
      Tensor.withUnsafeFloats(x, statistics.scale, statistics.shift) { x, scale, shift in
        (residual ?? statistics.scale).withUnsafeFloats { added in
          forEachChunk(channels: channels) { _, start, rows in
            ck_scale_shift(
              y + start, x + start, scale, shift, residual == nil ? nil : added + start, rows,
              Int64(channels), relu)
          }
        }
      }
    }
  }

  func gradientSums(
    _ gradient: Tensor, _ x: Tensor, output: Tensor?, _ statistics: ChannelStatistics
  ) -> ChannelGradients {
    let channels = statistics.scale.count
    let (sum, products) = Tensor.withUnsafeFloats(gradient, x, output ?? x) { dy, x, y in
      Tensor.withUnsafeFloats(
        statistics.scale, statistics.shift, statistics.mean
      ) { scale, shift, mean in
        sums(channels: channels) { sum, products, start, rows in
          ck_batchnorm_backward_sums(
            sum, products, dy + start, x + start, output == nil ? nil : y + start, scale, shift,
            mean, rows, Int64(channels), relu)
        }
      }
    }
    let scale = zip(products, statistics.inverseDeviation).map { Float($0 * Double($1)) }
    return ChannelGradients(scale: Tensor(scale), shift: Tensor(sum.map { Float($0) }))
  }

  /// Replaces the output's gradient by the input's; returns the residual's if there is one.
  func backward(
    _ gradient: inout Tensor, _ x: Tensor, output: Tensor?, _ statistics: ChannelStatistics,
    _ sums: ChannelGradients, hasResidual: Bool
  ) -> Tensor? {
    let channels = statistics.scale.count
    let n = Float(rows)
    let a = statistics.scale
    let b = zip(a.values, zip(sums.scale.values, statistics.inverseDeviation))
      .map { -$0 * $1.1 * $1.0 / n }
    let c = zip(a.values, sums.shift.values).map { -$0 * $1 / n }
    var dResidual = hasResidual ? Tensor(uninitialized: x.shape) : nil
    gradient.withUnsafeMutableFloats { dx in
      Tensor.withUnsafeFloats(x, output ?? x, statistics.shift) { x, y, shift in
        Tensor.withUnsafeFloats(a, statistics.mean) { a, mean in
          func run(_ residual: UnsafeMutablePointer<Float>?) {
            forEachChunk(channels: channels) { _, start, rows in
              ck_batchnorm_backward(
                dx + start, residual.map { $0 + start }, dx + start, x + start,
                output == nil ? nil : y + start, a, shift, mean, a, b, c, rows, Int64(channels),
                relu)
            }
          }
          if dResidual?.withUnsafeMutableFloats({ run($0) }) == nil { run(nil) }
        }
      }
    }
    return dResidual
  }
}

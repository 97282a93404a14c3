internal import CKernels

extension Tape {
  /// Layer norm over the last axis.
  ///
  ///     xhat = (x - mean) / sqrt(variance + eps),   y = xhat w + b      per row, divisor n
  ///     g = dy w;   dx = (g - mean(g) - xhat mean(g xhat)) / sqrt(variance + eps)
  ///     dw = sum over rows of dy xhat,   db = sum over rows of dy
  ///
  /// - Parameters:
  ///   - x: `[rows, features]`.
  ///   - weight: `[features]`, 1 at initialisation.
  ///   - bias: `[features]`, 0 at initialisation.
  ///   - eps: added to the variance, above 0.
  /// - Returns: `[rows, features]`.
  /// - Source: Ba, Kiros & Hinton 2016; variance from differences to the mean, sums in 32 lanes.
  package func layerNorm(
    _ x: Variable, weight: Variable, bias: Variable, eps: Float = 1e-5
  ) -> Variable {
    precondition(
      bias.shape == weight.shape, "layer norm: weight \(weight.shape), bias \(bias.shape)")
    let norm = RowNorm(x.shape, weight: weight.shape, eps: eps, lanes: lanes)
    let (input, gain) = (x.value, weight.value)
    var (mean, inverse) = (norm.perRow(), norm.perRow())
    let y = Tensor(x.shape) { y in
      mean.withUnsafeMutableFloats { mean in
        inverse.withUnsafeMutableFloats { inverse in
          Tensor.withUnsafeFloats(input, gain, bias.value) { x, w, b in
            norm.forEachChunk { _, row, start, rows in
              ck_layer_norm(
                y + start, mean + row, inverse + row, x + start, w, b, rows, norm.n, eps)
            }
          }
        }
      }
    }
    let (center, factor) = (mean, inverse)
    return record(y, from: [x, weight, bias]) { gradient in
      let (dw, db) = norm.sums(count: 2) { partials in
        gradient.withUnsafeMutableFloats { dy in
          Tensor.withUnsafeFloats(input, gain) { x, w in
            Tensor.withUnsafeFloats(center, factor) { mean, inverse in
              norm.forEachChunk { chunk, row, start, rows in
                let dw = partials + chunk * 2 * norm.features
                ck_layer_norm_grad(
                  dy + start, dw, dw + norm.features, dy + start, x + start, mean + row,
                  inverse + row, w, rows, norm.n)
              }
            }
          }
        }
      }
      return [gradient, dw, db]
    }
  }

  /// Root-mean-square norm over the last axis.
  ///
  ///     xhat = x / sqrt(mean(x^2) + eps),   y = xhat w
  ///     g = dy w;   dx = (g - xhat mean(g xhat)) / sqrt(mean(x^2) + eps)
  ///     dw = sum over rows of dy xhat
  ///
  /// - Parameters:
  ///   - x: `[rows, features]`.
  ///   - weight: `[features]`, 1 at initialisation.
  ///   - eps: added to the mean square, above 0.
  /// - Returns: `[rows, features]`.
  /// - Source: Zhang & Sennrich 2019; sums in 32 lanes.
  package func rmsNorm(_ x: Variable, weight: Variable, eps: Float = 1e-5) -> Variable {
    let norm = RowNorm(x.shape, weight: weight.shape, eps: eps, lanes: lanes)
    let (input, gain) = (x.value, weight.value)
    var inverse = norm.perRow()
    let y = Tensor(x.shape) { y in
      inverse.withUnsafeMutableFloats { inverse in
        Tensor.withUnsafeFloats(input, gain) { x, w in
          norm.forEachChunk { _, row, start, rows in
            ck_rms_norm(y + start, inverse + row, x + start, w, rows, norm.n, eps)
          }
        }
      }
    }
    let factor = inverse
    return record(y, from: [x, weight]) { gradient in
      let (dw, _) = norm.sums(count: 1) { partials in
        gradient.withUnsafeMutableFloats { dy in
          Tensor.withUnsafeFloats(input, gain, factor) { x, w, inverse in
            norm.forEachChunk { chunk, row, start, rows in
              ck_rms_norm_grad(
                dy + start, partials + chunk * norm.features, dy + start, x + start, inverse + row,
                w, rows, norm.n)
            }
          }
        }
      }
      return [gradient, dw]
    }
  }
}

/// What both norms share: chunks of rows and sums over them.
private struct RowNorm {
  let rows: Int
  let features: Int
  let lanes: Lanes

  var n: Int64 { Int64(features) }

  init(_ shape: Shape, weight: Shape, eps: Float, lanes: Lanes) {
    precondition(
      shape.rank == 2 && weight == [shape[1]], "norm: input \(shape), weight \(weight)")
    precondition(eps > 0, "norm: eps \(eps), which a row of zeros divides by")
    (rows, features, self.lanes) = (shape[0], shape[1], lanes)
  }

  /// At least 32 rows and about 128 KiB, so that partial sums stay few.
  private var chunkRows: Int { max(32, 32_768 / max(1, features)) }

  func perRow() -> Tensor { Tensor(uninitialized: [rows]) }

  func forEachChunk(_ body: (_ chunk: Int, _ row: Int, _ start: Int, _ rows: Int64) -> Void) {
    lanes.forEachChunk(of: rows, size: chunkRows, work: rows * features) { chunk, rows in
      body(chunk, rows.lowerBound, rows.lowerBound * features, Int64(rows.count))
    }
  }

  /// Up to two vectors of sums over all rows: `body` fills the chunks' partial sums, which start
  /// at 0 and are added in chunk order.
  func sums(count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> (Tensor, Tensor?) {
    let chunks = max(1, (rows + chunkRows - 1) / chunkRows)
    let size = count * features
    return withScratch(floats: chunks * size) { partials in
      partials.update(repeating: 0, count: chunks * size)
      body(partials)
      for chunk in 1..<chunks { ck_axpy(partials, partials + chunk * size, 1, Int64(size)) }
      func vector(_ start: Int) -> Tensor {
        Tensor([features]) { $0.update(from: partials + start, count: features) }
      }
      return (vector(0), count == 2 ? vector(features) : nil)
    }
  }
}

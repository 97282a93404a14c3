internal import CKernels

extension Tape {
  /// A fully connected layer.
  ///
  ///     y = x w (+ b) (+ residual)
  ///     dx = dy w^T,   dw = x^T dy,   db[k] = sum_n dy[n, k],   dResidual = dy
  ///
  /// - Parameters:
  ///   - x: `[N, C]`.
  ///   - weight: `[C, K]`.
  ///   - bias: `[K]`.
  ///   - residual: `[N, K]`, added while the result is in cache.
  /// - Returns: `[N, K]`.
  package func linear(
    _ x: Variable, weight: Variable, bias: Variable? = nil, residual: Variable? = nil
  ) -> Variable {
    let product = RowProduct(x, weight, bias, lanes: lanes)
    precondition(
      residual.map { $0.shape == [product.rows, product.outputs] } ?? true,
      "linear: residual \(residual?.shape.description ?? "none") for \(x.shape) x \(weight.shape)")
    let (input, matrix) = (x.value, weight.value)
    let y = product.forward(input, matrix, bias: bias?.value, residual: residual?.value)
    let needs = RowProduct.needs(x, weight, bias)
    let optional = (bias: bias != nil, residual: residual != nil)
    return record(y, from: [x, weight] + [bias, residual].compactMap { $0 }) { gradient in
      let parts = product.gradients(from: gradient, input, matrix, needs: needs)
      return [parts.dx, parts.dw] + (optional.bias ? [parts.db] : [])
        + (optional.residual ? [gradient] : [])
    }
  }

  /// A fully connected layer with an activation, applied while the sums are in cache.
  ///
  ///     h = x w (+ b),   y = f(h)        dh = dy f'(h), then as without activation
  ///
  /// Keeps h for the way back.
  ///
  /// - Parameters:
  ///   - x: `[N, C]`.
  ///   - weight: `[C, K]`, or `[C, 2 K]` when gated.
  ///   - bias: `[K]`, or `[2 K]`.
  ///   - activation: f.
  ///   - isGated: whether the result is f(left half of h) times its right half.
  /// - Returns: `[N, K]`.
  package func linear(
    _ x: Variable, weight: Variable, bias: Variable? = nil, activation: Activation,
    isGated: Bool = false
  ) -> Variable {
    let product = RowProduct(x, weight, bias, lanes: lanes)
    precondition(
      !isGated || product.outputs % 2 == 0, "linear: gated, weight \(weight.shape) is odd")
    let (columns, kind) = (product.outputs, activation.kind)
    let (input, matrix) = (x.value, weight.value)
    var h = Tensor(uninitialized: [product.rows, columns])
    let y = Tensor([product.rows, isGated ? columns / 2 : columns]) { y in
      h.withUnsafeMutableFloats { h in
        product.forward(h, input, matrix, bias: bias?.value, residual: nil) { rows in
          let (start, count) = (rows.lowerBound * columns, Int64(rows.count))
          if isGated {
            ck_gated(y + start / 2, h + start, count, Int64(columns / 2), kind)
          } else {
            ck_activation(y + start, h + start, count * Int64(columns), kind)
          }
        }
      }
    }
    let kept = h
    let needs = RowProduct.needs(x, weight, bias)
    let hasBias = bias != nil
    return record(y, from: [x, weight] + (bias.map { [$0] } ?? [])) { gradient in
      let parts =
        isGated
        ? product.gradients(gated: gradient, kept, kind, input, matrix, needs: needs)
        : product.gradients(activated: &gradient, kept, kind, input, matrix, needs: needs)
      return [parts.dx, parts.dw] + (hasBias ? [parts.db] : [])
    }
  }
}

extension RowProduct {
  fileprivate static func needs(_ x: Variable, _ weight: Variable, _ bias: Variable?) -> Needs {
    (x.needsGradient, weight.needsGradient, bias?.needsGradient ?? false)
  }

  /// Gradients behind an activation of the sums h; dy becomes dh.
  fileprivate func gradients(
    activated dy: inout Tensor, _ h: Tensor, _ kind: Int32, _ x: Tensor, _ weight: Tensor,
    needs: Needs
  ) -> Gradients {
    dy.withUnsafeMutableFloats { dy in
      h.withUnsafeFloats { h in
        gradients(x, weight, needs: needs) { rows, _ in
          let start = rows.lowerBound * outputs
          ck_activation_grad(
            dy + start, dy + start, h + start, Int64(rows.count * outputs), kind)
          return UnsafePointer(dy + start)
        }
      }
    }
  }

  /// Gradients behind a gated activation of the sums h.
  fileprivate func gradients(
    gated dy: Tensor, _ h: Tensor, _ kind: Int32, _ x: Tensor, _ weight: Tensor, needs: Needs
  ) -> Gradients {
    Tensor.withUnsafeFloats(dy, h) { dy, h in
      gradients(x, weight, needs: needs, scratchFloats: chunkRows * outputs) { rows, dh in
        let start = rows.lowerBound * outputs
        ck_gated_grad(
          dh, dy + start / 2, h + start, Int64(rows.count), Int64(outputs / 2), kind)
        return UnsafePointer(dh)
      }
    }
  }
}

extension Tensor {
  /// Adds a vector to every row, in place.
  ///
  /// - Precondition: self is `[rows, columns]`, bias `[columns]`.
  mutating func addBias(_ bias: Tensor, lanes: Lanes) {
    precondition(
      shape.rank == 2 && bias.shape == [shape[1]], "add bias: \(shape) + \(bias.shape)")
    let (rows, columns) = (shape[0], shape[1])
    withUnsafeMutableFloats { y in
      bias.withUnsafeFloats { bias in
        lanes.forEachGroup(of: rows, floats: columns) { rows in
          let start = y + rows.lowerBound * columns
          ck_add_bias(start, start, bias, Int64(rows.count), Int64(columns))
        }
      }
    }
  }
}

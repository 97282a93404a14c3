internal import CKernels

extension Tape {
  /// Rows scaled to unit length.
  ///
  ///     n = sqrt(max(sum_c x[r, c]^2, 1e-10)),   y = x / n
  ///     dx = (dy - y (y . dy)) / n;   dy / n where the floor acts
  ///
  /// - Parameter x: `[N, C]`.
  /// - Returns: `[N, C]`.
  /// - Source: the representation of the CFR reference code ("divide").
  package func unitRows(_ x: Variable) -> Variable {
    precondition(x.shape.rank == 2, "unit rows: \(x.shape), expected [N, C]")
    let (rows, columns) = (x.shape[0], x.shape[1])
    let input = x.value
    var inverse = Tensor(uninitialized: [rows])
    let y = Tensor(x.shape) { y in
      inverse.withUnsafeMutableFloats { inverse in
        input.withUnsafeFloats { ck_unit_rows(y, inverse, $0, Int64(rows), Int64(columns)) }
      }
    }
    let factors = inverse
    return record(y, from: [x]) { gradient in
      gradient.withUnsafeMutableFloats { dy in
        Tensor.withUnsafeFloats(y, factors) { y, inverse in
          ck_unit_rows_grad(dy, dy, y, inverse, Int64(rows), Int64(columns))
        }
      }
      return [gradient]
    }
  }
}

internal import CKernels

extension Tape {
  /// Squared Euclidean distances between all rows of two matrices.
  ///
  ///     y[i, j] = sum_k (a[i, k] - b[j, k])^2
  ///     da[i, :] = 2 sum_j dy[i, j] (a[i, :] - b[j, :]),  db likewise
  ///
  /// Sums of squared differences: exact for close rows.
  ///
  /// - Parameters:
  ///   - a: `[M, D]`.
  ///   - b: `[N, D]`.
  /// - Returns: `[M, N]`.
  package func pairwiseSquaredDistances(_ a: Variable, _ b: Variable) -> Variable {
    precondition(
      a.shape.rank == 2 && b.shape.rank == 2 && a.shape[1] == b.shape[1],
      "pairwise distances: \(a.shape) and \(b.shape), expected [M, D] and [N, D]")
    let (m, n, d) = (a.shape[0], b.shape[0], a.shape[1])
    let lanes = self.lanes
    let (left, right) = (a.value, b.value)
    let y = Tensor([m, n]) { y in
      Tensor.withUnsafeFloats(left, right) { a, b in
        lanes.forEachGroup(of: m, floats: n * d) { rows in
          ck_squared_distances(
            y + rows.lowerBound * n, a + rows.lowerBound * d, b, Int64(rows.count), Int64(n),
            Int64(d))
        }
      }
    }
    let (needsLeft, needsRight) = (a.needsGradient, b.needsGradient)
    return record(y, from: [a, b]) { gradient in
      [
        needsLeft ? gradient.distanceGradient(left, right, isTransposed: false, lanes: lanes) : nil,
        needsRight ? gradient.distanceGradient(right, left, isTransposed: true, lanes: lanes) : nil,
      ]
    }
  }
}

extension Tensor {
  /// The gradient in `a`, from the gradient of the squared distances, which has the rows of `a` as
  /// columns when transposed.
  fileprivate func distanceGradient(
    _ a: Tensor, _ b: Tensor, isTransposed: Bool, lanes: Lanes
  ) -> Tensor {
    let (count, n, d) = (a.shape[0], b.shape[0], a.shape[1])
    let (row, column) = isTransposed ? (1, count) : (n, 1)
    return Tensor(a.shape) { da in
      Tensor.withUnsafeFloats(self, a, b) { dy, a, b in
        lanes.forEachGroup(of: count, floats: n * d) { rows in
          let first = rows.lowerBound
          ck_squared_distances_grad(
            da + first * d, dy + first * row, Int64(row), Int64(column), a + first * d, b,
            Int64(rows.count), Int64(n), Int64(d))
        }
      }
    }
  }
}

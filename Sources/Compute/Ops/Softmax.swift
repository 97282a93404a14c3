internal import CKernels

extension Tensor {
  /// Class probabilities of each row.
  ///
  ///     y[r, j] = e^(x[r, j] - m) / sum_k e^(x[r, k] - m),   m = max of the row
  ///
  /// - Returns: the shape of self, `[rows, classes]`; each row sums to 1.
  package func softmax(lanes: Lanes) -> Tensor {
    precondition(
      shape.rank == 2 && shape[1] > 0, "softmax: input \(shape), expected [rows, classes]")
    let columns = shape[1]
    return Tensor(shape) { target in
      withUnsafeFloats { source in
        lanes.forEachGroup(of: shape[0], floats: columns) { rows in
          let start = rows.lowerBound * columns
          ck_softmax(target + start, source + start, Int64(rows.count), Int64(columns))
        }
      }
    }
  }

  /// The column of the largest element of each row; the first of equals.
  package func largestColumns() -> [Int32] {
    precondition(
      shape.rank == 2 && shape[1] > 0, "largest columns: input \(shape), expected [rows, columns]")
    let columns = shape[1]
    return withUnsafeFloats { source in
      (0..<shape[0]).map { row in
        let values = source + row * columns
        var best = 0
        for column in 1..<columns where values[column] > values[best] { best = column }
        return Int32(best)
      }
    }
  }
}

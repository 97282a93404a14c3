internal import CKernels

extension Tape {
  /// A fully connected layer.
  ///
  ///     y = x w + b        dx = dy w^T,   dw = x^T dy,   db[k] = sum_n dy[n, k]
  ///
  /// - Parameters:
  ///   - x: `[N, C]`.
  ///   - weight: `[C, K]`.
  ///   - bias: `[K]`.
  /// - Returns: `[N, K]`.
  package func linear(_ x: Variable, weight: Variable, bias: Variable) -> Variable {
    precondition(
      x.shape.rank == 2 && weight.shape.rank == 2 && x.shape[1] == weight.shape[0]
        && bias.shape == [weight.shape[1]],
      "linear: \(x.shape) x \(weight.shape) + \(bias.shape)")
    let lanes = self.lanes
    let (input, matrix) = (x.value, weight.value)
    var y = input.matrixProduct(matrix, lanes: lanes)
    y.addBias(bias.value, lanes: lanes)
    let (needsInput, needsParameters) = (x.needsGradient, weight.needsGradient)
    return record(y, from: [x, weight, bias]) { gradient in
      let dx = needsInput ? gradient.matrixProduct(matrix, transposed: .right, lanes: lanes) : nil
      guard needsParameters else { return [dx, nil, nil] }
      return [
        dx, input.matrixProduct(gradient, transposed: .left, lanes: lanes), gradient.columnSums(),
      ]
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

  /// The sum of all rows of `[rows, columns]`: `[columns]`.
  package func columnSums() -> Tensor {
    precondition(shape.rank == 2, "column sums: \(shape), expected [rows, columns]")
    return Tensor([shape[1]]) { target in
      withUnsafeFloats { ck_column_sums(target, $0, Int64(shape[0]), Int64(shape[1]), false) }
    }
  }
}

extension Tape {
  /// Some columns of a matrix.
  ///
  ///     y[r, j] = x[r, first + j]        dx is dy there and 0 elsewhere
  ///
  /// - Parameters:
  ///   - x: `[rows, columns]`.
  ///   - range: columns inside `x`.
  /// - Returns: `[rows, range.count]`.
  package func columns(_ x: Variable, _ range: Range<Int>) -> Variable {
    let shape = x.shape
    let y = x.value.columns(range)
    return record(y, from: [x]) { gradient in
      var dx = Tensor(zeros: shape)
      dx.withUnsafeMutableFloats { dx in
        gradient.withUnsafeFloats { dy in
          for row in 0..<shape[0] {
            (dx + row * shape[1] + range.lowerBound).update(
              from: dy + row * range.count, count: range.count)
          }
        }
      }
      return [dx]
    }
  }
}

extension Tensor {
  /// A copy of some columns of `[rows, columns]`.
  ///
  /// - Precondition: a matrix, and the range lies inside its columns.
  package func columns(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.rank == 2 && range.lowerBound >= 0 && range.upperBound <= shape[1],
      "columns: \(range) of \(shape)")
    return Tensor([shape[0], range.count]) { y in
      withUnsafeFloats { x in
        for row in 0..<shape[0] {
          (y + row * range.count).update(
            from: x + row * shape[1] + range.lowerBound, count: range.count)
        }
      }
    }
  }
}

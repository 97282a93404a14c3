extension Tensor {
  /// The mean of the rows of `[n, d]`: `[d]`, summed in float64.
  package func rowMean() -> [Double] {
    let (rows, columns) = (shape[0], shape[1])
    var sums = [Double](repeating: 0, count: columns)
    withUnsafeFloats { source in
      for row in 0..<rows {
        let values = source + row * columns
        for column in 0..<columns { sums[column] += Double(values[column]) }
      }
    }
    return sums.map { $0 / Double(max(1, rows)) }
  }

  /// The rows of `[n, d]` minus a vector.
  package func centred(on centre: [Double]) -> Tensor {
    precondition(
      shape.rank == 2 && centre.count == shape[1], "centre: \(shape) on \(centre.count) values")
    let shift = Tensor(centre.map { Float(-$0) })
    var result = self
    result.addBias(shift, lanes: Lanes(1))
    return result
  }

  /// The top right singular vector of `[n, d]`, by power iteration on the d x d matrix X^T X.
  ///
  /// Starts from that matrix's column with the largest diagonal, stops when the direction moves by
  /// less than 1e-10 or after 1,000 rounds; the component of largest size is positive. A matrix of
  /// zeros gives zeros.
  ///
  /// - Parameter lanes: cores to use.
  /// - Returns: `d` values of norm 1.
  package func topRightSingularVector(lanes: Lanes) -> [Double] {
    precondition(shape.rank == 2, "singular vector: \(shape), expected [n, d]")
    let size = shape[1]
    let gram = matrixProduct(self, transposed: .left, lanes: lanes).values.map(Double.init)
    let start = (0..<size).max { gram[$0 * size + $0] < gram[$1 * size + $1] }
    guard let start, gram[start * size + start] > 0 else {
      return [Double](repeating: 0, count: size)
    }
    var vector = Self.normalised((0..<size).map { gram[$0 * size + start] })
    for _ in 0..<1_000 {
      let next = Self.normalised(Self.product(gram, vector))
      let movement = zip(next, vector).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      vector = next
      if movement < 1e-20 { break }
    }
    let largest = vector.max { abs($0) < abs($1) } ?? 1
    return largest < 0 ? vector.map { -$0 } : vector
  }

  private static func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    let size = vector.count
    return matrix.withUnsafeBufferPointer { matrix in
      (0..<size).map { row in
        var sum = 0.0
        for column in 0..<size { sum += matrix[row &* size &+ column] * vector[column] }
        return sum
      }
    }
  }

  private static func normalised(_ vector: [Double]) -> [Double] {
    let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? vector.map { $0 / norm } : vector
  }
}

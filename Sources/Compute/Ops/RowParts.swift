extension Tape {
  /// A range of rows.
  ///
  ///     dx = dy in these rows, 0 in the others
  ///
  /// - Parameters:
  ///   - x: `[N, C]`.
  ///   - range: inside `0..<N`.
  /// - Returns: `[range.count, C]`; shares memory with `x`.
  package func rows(_ x: Variable, _ range: Range<Int>) -> Variable {
    let shape = x.shape
    precondition(shape.rank == 2, "rows: \(shape), expected [N, C]")
    return record(x.value.rows(range), from: [x]) { gradient in
      var dx = Tensor(zeros: shape)
      dx.replace(at: range.lowerBound * shape[1], with: gradient)
      return [dx]
    }
  }

  /// The rows of one matrix below those of another.
  ///
  ///     dFirst, dSecond = the rows of dy that came from each
  ///
  /// - Parameters:
  ///   - first: `[M, C]`.
  ///   - second: `[N, C]`.
  /// - Returns: `[M + N, C]`.
  package func stacked(_ first: Variable, _ second: Variable) -> Variable {
    let (m, n) = (first.shape[0], second.shape[0])
    let value = Tensor(
      concatenatingRows: [first.value, second.value], rowShape: [first.shape[1]])
    return record(value, from: [first, second]) { gradient in
      [gradient.rows(0..<m), gradient.rows(m..<m + n)]
    }
  }

  /// A weighted sum of scalars.
  ///
  ///     y = sum_i w_i x_i        dx_i = w_i dy
  package func weightedSum(_ terms: [(value: Variable, weight: Float)]) -> Variable {
    var sum: Float = 0
    for term in terms { sum += term.weight * term.value.value.item }
    let weights = terms.map(\.weight)
    return record(Tensor(scalar: sum), from: terms.map(\.value)) { gradient in
      let factor = gradient.item
      return weights.map { Tensor(scalar: $0 * factor) }
    }
  }
}

/// The mean silhouette of a split into two clusters.
///
///     s(i) = (b - a) / max(a, b),  a = mean distance to the own cluster (without i),
///                                  b = mean distance to the other cluster
///
/// A point alone in its cluster has silhouette 0. Distances are Euclidean, from
/// |x|^2 + |y|^2 - 2 x y in float32.
///
/// - Parameters:
///   - points: `[n, d]`.
///   - assignment: 0 or 1 for each point.
///   - lanes: cores to use.
/// - Returns: in -1...1; nil when a cluster is empty.
package func silhouette(_ points: Tensor, assignment: [Int], lanes: Lanes) -> Double? {
  let (count, size) = (points.shape[0], points.shape[1])
  precondition(
    assignment.count == count, "silhouette: points \(points.shape), \(assignment.count) clusters")
  let ones = assignment.reduce(0, +)
  guard ones > 0, ones < count else { return nil }
  let zeros = count - ones
  // Sorted by cluster, the distances to one cluster are one run of a row.
  let order =
    (0..<count).filter { assignment[$0] == 0 } + (0..<count).filter { assignment[$0] == 1 }
  let centred = points.centred(on: points.rowMean())
  let sorted = Tensor([count, size]) { target in
    centred.withUnsafeFloats { source in
      for (position, index) in order.enumerated() {
        (target + position * size).update(from: source + index * size, count: size)
      }
    }
  }
  let norms = sorted.withUnsafeFloats { values in
    (0..<count).map { row -> Float in
      (0..<size).reduce(Float(0)) { $0 + values[row * size + $1] * values[row * size + $1] }
    }
  }
  let sums = lanes.mapChunks(of: count, size: 128) { _, rows -> Double in
    let products = sorted.rows(rows).matrixProduct(sorted, transposed: .right, lanes: Lanes(1))
    return products.withUnsafeFloats { products in
      rows.reduce(0.0) { sum, row in
        let line = products + (row - rows.lowerBound) * count
        func total(_ columns: Range<Int>) -> Double {
          var total = 0.0
          for column in columns where column != row {
            let squared = norms[row] + norms[column] - 2 * line[column]
            total += Double(max(0, squared).squareRoot())
          }
          return total
        }
        let inFirst = row < zeros
        let own = total(inFirst ? 0..<zeros : zeros..<count)
        let other = total(inFirst ? zeros..<count : 0..<zeros)
        let ownCount = inFirst ? zeros : ones
        guard ownCount > 1 else { return sum }
        let a = own / Double(ownCount - 1)
        let b = other / Double(count - ownCount)
        return sum + (max(a, b) > 0 ? (b - a) / max(a, b) : 0)
      }
    }
  }
  return sums.reduce(0, +) / Double(count)
}

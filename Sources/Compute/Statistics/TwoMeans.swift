/// A split of points into two clusters by Lloyd's algorithm.
package struct TwoMeans: Sendable {
  /// Cluster of each point, 0 or 1.
  package let assignment: [Int]
  /// Sum of squared distances to the own centre.
  package let inertia: Double

  /// Rounds of one start at most; Lloyd's algorithm usually stops within 20.
  private static let roundLimit = 100

  /// The best of several starts.
  ///
  /// - Parameters:
  ///   - points: `[n, d]`, n at least 1.
  ///   - seed: for the starts: the first centre uniform, the second with probability
  ///     proportional to the squared distance from it (k-means++).
  ///   - starts: number of starts, at least 1; the first of equal inertia wins.
  package init(_ points: Tensor, seed: UInt64, starts: Int = 10) {
    precondition(
      points.shape.rank == 2 && points.shape[0] >= 1 && starts >= 1,
      "two means: points \(points.shape), \(starts) starts")
    var best = Self.run(points, seed: seed, start: 0)
    for start in 1..<max(1, starts) {
      let next = Self.run(points, seed: seed, start: start)
      if next.inertia < best.inertia { best = next }
    }
    (assignment, inertia) = best
  }

  private static func run(
    _ points: Tensor, seed: UInt64, start: Int
  ) -> (assignment: [Int], inertia: Double) {
    let (count, size) = (points.shape[0], points.shape[1])
    var random = RandomStream.generator(seed: seed, purpose: "two means", start)
    return points.withUnsafeFloats { values in
      func point(_ index: Int) -> [Double] { (0..<size).map { Double(values[index * size + $0]) } }
      func distances(to centre: [Double]) -> [Double] {
        (0..<count).map { squaredDistance(values + $0 * size, centre) }
      }
      let first = random.index(below: count)
      let weights = distances(to: point(first))
      var target = random.unit() * weights.reduce(0, +)
      let second =
        weights.firstIndex {
          target -= $0; return target < 0
        } ?? (count - 1)
      var centres = [point(first), point(second)]
      var assignment: [Int] = []
      var inertia = 0.0
      for _ in 0..<roundLimit {
        let (near, far) = (distances(to: centres[0]), distances(to: centres[1]))
        let next = zip(near, far).map { $0 <= $1 ? 0 : 1 }
        inertia = zip(near, far).reduce(0) { $0 + min($1.0, $1.1) }
        if next == assignment { break }
        assignment = next
        centres = means(values, size: size, assignment: assignment, previous: centres)
      }
      return (assignment, inertia)
    }
  }

  private static func squaredDistance(
    _ point: UnsafePointer<Float>, _ centre: [Double]
  ) -> Double {
    var sum = 0.0
    for column in 0..<centre.count {
      let difference = Double(point[column]) - centre[column]
      sum += difference * difference
    }
    return sum
  }

  /// The mean of each cluster; an empty one keeps its centre.
  private static func means(
    _ values: UnsafePointer<Float>, size: Int, assignment: [Int], previous: [[Double]]
  ) -> [[Double]] {
    var sums = [Double](repeating: 0, count: 2 * size)
    var counts = [0, 0]
    for (index, cluster) in assignment.enumerated() {
      counts[cluster] += 1
      for column in 0..<size {
        sums[cluster * size + column] += Double(values[index * size + column])
      }
    }
    return (0..<2).map { cluster in
      guard counts[cluster] > 0 else { return previous[cluster] }
      return (0..<size).map { sums[cluster * size + $0] / Double(counts[cluster]) }
    }
  }
}

/// Local indicators of spatial association (LISA): which areas make a map clustered.
///
///     I_i = (n - 1) z_i (W z)_i / sum z^2,   z = y - mean;   mean of I_i = I (n - 1) / n
///
/// - Source: Anselin 1995; significance by conditional permutation.
package struct LocalMoran: Sendable, Hashable {
  /// Where a unit lies in the plot of a value against the mean of its neighbours.
  package enum Quadrant: Int, Sendable, CaseIterable {
    /// High among high ones.
    case highHigh = 1
    /// Low among high ones.
    case lowHigh = 2
    case lowLow = 3
    case highLow = 4
  }

  package let indices: [Double]
  package let quadrants: [Quadrant]
  private let z: [Double]
  private let squares: Double
  private let weights: SpatialWeights

  /// - Parameters:
  ///   - values: one for each unit, not all equal.
  ///   - weights: without islands.
  package init(_ values: [Double], weights: SpatialWeights) {
    precondition(
      values.count == weights.count, "lisa: \(values.count) values for \(weights.count) units")
    z = Moran.centred(values)
    squares = z.reduce(0) { $0 + $1 * $1 }
    self.weights = weights
    let lags = z.indices.map { [z] in weights.lag(z, at: $0) }
    let factor = Double(values.count - 1) / squares
    indices = zip(z, lags).map { factor * $0 * $1 }
    quadrants = zip(z, lags).map { own, lag in
      if own > 0 { return lag > 0 ? .highHigh : .highLow }
      return lag > 0 ? .lowHigh : .lowLow
    }
  }

  /// The pseudo p-value of each unit: its value is held and its neighbours' are drawn from all
  /// others without replacement; tails as in
  /// ``Moran/permutationP(_:weights:permutations:seed:lanes:)``.
  ///
  /// The draws for a unit are a function of the seed and the unit.
  package func pValues(permutations: Int, seed: UInt64, lanes: Lanes) -> [Double] {
    lanes.mapChunks(of: z.count, size: 32) { _, units in
      units.map { pValue(of: $0, permutations: permutations, seed: seed) }
    }.flatMap(\.self)
  }

  private func pValue(of unit: Int, permutations: Int, seed: UInt64) -> Double {
    var random = RandomStream.generator(seed: seed, purpose: "lisa", unit)
    var pool = z
    pool.remove(at: unit)
    let degree = weights.neighbours[unit].count
    let factor = Double(z.count - 1) / squares * z[unit]
    // The same neighbours in another order give the same sum but for its last bits.
    let bound = indices[unit] - 1e-12 * abs(indices[unit])
    var above = 0
    for _ in 0..<permutations {
      // The first places of a Fisher-Yates shuffle; a pool that is already shuffled is as good.
      var sum = 0.0
      for place in 0..<degree {
        pool.swapAt(place, place + random.index(below: pool.count - place))
        sum += pool[place]
      }
      if factor * (sum / Double(degree)) >= bound { above += 1 }
    }
    return Moran.pseudoP(above: above, of: permutations)
  }
}

/// Which of many tests are significant when a share `rate` of the positives may be false
/// (Benjamini & Hochberg 1995): the largest k with `p_(k) <= k rate / m`, and all up to it.
package func benjaminiHochberg(_ pValues: [Double], rate: Double) -> [Bool] {
  let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
  let last = order.indices.last { place in
    pValues[order[place]] <= Double(place + 1) * rate / Double(pValues.count)
  }
  var isSignificant = [Bool](repeating: false, count: pValues.count)
  if let last { for place in 0...last { isSignificant[order[place]] = true } }
  return isSignificant
}

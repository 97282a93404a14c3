import Foundation

/// Global spatial autocorrelation of a variable over areas.
///
///     I = (n / S0) sum_ij w_ij z_i z_j / sum z^2,   z = y - mean,   E[I] = -1 / (n - 1)
///     C = (n - 1) / (2 S0) sum_ij w_ij (y_i - y_j)^2 / sum z^2      (Geary, 1 without correlation)
///
/// Variances under normality and under randomisation as in Cliff & Ord 1981.
package struct Moran: Sendable, Hashable {
  package let index: Double
  package let expectation: Double
  package let normalVariance: Double
  package let randomVariance: Double
  package let geary: Double

  /// Standard deviations from the expectation, under normality.
  package var normalScore: Double { (index - expectation) / normalVariance.squareRoot() }
  /// The same under randomisation, which needs no distribution of y.
  package var randomScore: Double { (index - expectation) / randomVariance.squareRoot() }

  /// - Parameters:
  ///   - values: one for each unit, not all equal.
  ///   - weights: without islands.
  /// - Precondition: at least 4 units, as many values as units.
  package init(_ values: [Double], weights: SpatialWeights) {
    precondition(
      values.count == weights.count && values.count >= 4,
      "moran: \(values.count) values for \(weights.count) units, at least 4 needed")
    let n = Double(values.count)
    let z = Self.centred(values)
    let squares = z.reduce(0) { $0 + $1 * $1 }
    let (s0, s1, s2) = weights.moments
    index = Self.index(z, squares: squares, weights: weights)
    expectation = -1 / (n - 1)
    let squaredMean = expectation * expectation
    normalVariance =
      (n * n * s1 - n * s2 + 3 * s0 * s0) / ((n * n - 1) * s0 * s0) - squaredMean
    let fourth = z.reduce(0) { $0 + $1 * $1 * $1 * $1 }
    let kurtosis = n * fourth / (squares * squares)
    let free = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0 * s0)
    let bound = kurtosis * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0 * s0)
    randomVariance = (free - bound) / ((n - 1) * (n - 2) * (n - 3) * s0 * s0) - squaredMean
    var differences = 0.0
    for (unit, list) in weights.neighbours.enumerated() {
      for other in list {
        let difference = z[unit] - z[other]
        differences += difference * difference / Double(list.count)
      }
    }
    geary = (n - 1) / (2 * s0) * differences / squares
  }

  /// How often chance alone does so much: the pseudo p-value of random permutations of the map.
  ///
  ///     p = (min(#{I* >= I}, #{I* < I}) + 1) / (P + 1)
  ///
  /// One-sided towards whichever side the value lies on. Permutation k is a function of the seed
  /// and of k.
  package static func permutationP(
    _ values: [Double], weights: SpatialWeights, permutations: Int, seed: UInt64, lanes: Lanes
  ) -> Double {
    let z = centred(values)
    let squares = z.reduce(0) { $0 + $1 * $1 }
    let observed = index(z, squares: squares, weights: weights)
    let above = lanes.mapChunks(of: permutations, size: 16) { _, chunk in
      chunk.count { permutation -> Bool in
        var random = RandomStream.generator(seed: seed, purpose: "moran", permutation)
        let shuffled = random.permutation(z.count).map { z[$0] }
        return index(shuffled, squares: squares, weights: weights) >= observed
      }
    }
    return pseudoP(above: above.reduce(0, +), of: permutations)
  }

  /// The smaller tail, with the observed map counted in.
  static func pseudoP(above: Int, of permutations: Int) -> Double {
    Double(min(above, permutations - above) + 1) / Double(permutations + 1)
  }

  static func centred(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.map { $0 - mean }
  }

  private static func index(
    _ z: [Double], squares: Double, weights: SpatialWeights
  ) -> Double {
    var products = 0.0
    var s0 = 0.0
    for unit in z.indices where !weights.neighbours[unit].isEmpty {
      products += z[unit] * weights.lag(z, at: unit)
      s0 += 1
    }
    return Double(z.count) / s0 * products / squares
  }
}

import Foundation

/// Whether two arms can be compared: propensities and balance.
package enum Overlap {
  /// `(sum w)^2 / sum w^2`: how many equally weighted units are worth as much; 0 for none.
  package static func effectiveSize(_ weights: [Double]) -> Double {
    let (sum, squares) = weights.reduce(into: (0.0, 0.0)) { $0 = ($0.0 + $1, $0.1 + $1 * $1) }
    return squares > 0 ? sum * sum / squares : 0
  }

  /// The standardised difference of weighted means, first minus second:
  /// `(mean a - mean b) / sqrt((var a + var b) / 2)`, with the variances of the *unweighted* arms,
  /// so that weighting shows in the means alone.
  ///
  /// - Returns: 0 where both arms are constant and equal, infinite where they are constant and
  ///   differ.
  package static func standardisedDifference(
    _ a: [Double], _ b: [Double], weights: (a: [Double], b: [Double])? = nil
  ) -> Double {
    // Weighted means of equal numbers differ by rounding, which no deviation of 0 may divide.
    if let first = a.first, (a + b).allSatisfy({ $0 == first }) { return 0 }
    func mean(_ sample: [Double], _ weights: [Double]?) -> Double {
      guard let weights else { return Summary.mean(sample) ?? 0 }
      let total = weights.reduce(0, +)
      return zip(sample, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    }
    let gap = mean(a, weights?.a) - mean(b, weights?.b)
    let (deviationA, deviationB) = (Summary.deviation(a) ?? 0, Summary.deviation(b) ?? 0)
    let pooled = ((deviationA * deviationA + deviationB * deviationB) / 2).squareRoot()
    return gap == 0 ? 0 : gap / pooled
  }
}

import Foundation

/// The standard normal distribution.
package enum NormalDistribution {
  /// P(Z <= z).
  package static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// P(Z > z), exact far out.
  package static func upperTail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

  /// The z below which a share of the distribution lies, by bisection and Newton's steps.
  ///
  /// - Precondition: the share is strictly between 0 and 1.
  package static func quantile(_ share: Double) -> Double {
    precondition(share > 0 && share < 1, "normal quantile: share \(share)")
    var (low, high) = (-40.0, 40.0)
    while high - low > 1e-12 * max(1, abs(low)) {
      let middle = (low + high) / 2
      if cumulative(middle) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}

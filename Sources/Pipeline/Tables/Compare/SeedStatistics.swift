import Foundation

/// What a few numbers, one for each seed, say about their mean.
package struct SeedStatistics: Sendable, Hashable {
  package let count: Int
  package let mean: Double
  /// 95 % interval of the mean by Student's t; `nil` for fewer than two numbers.
  package let interval: ClosedRange<Double>?
  package let positive: Int
  package let negative: Int

  /// - Returns: `nil` without numbers.
  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    positive = values.count { $0 > 0 }
    negative = values.count { $0 < 0 }
    guard count > 1 else {
      interval = nil
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / Double(count - 1) / Double(count)).squareRoot()
    let reach = Self.quantile(freedom: count - 1) * error
    let (low, high) = (mean - reach, mean + reach)
    // Neither is a number where the sums are too large for one.
    interval = low <= high ? low...high : -.infinity ... .infinity
  }

  /// The t that 95 % of Student's distribution lie within, by bisection.
  static func quantile(freedom: Int) -> Double {
    var (low, high) = (0.0, 13.0)  // 12.706 with one degree of freedom
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if share(within: middle, freedom: freedom) < 0.95 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(|T| <= t) as the finite sum that exists for whole degrees of freedom.
  ///
  /// - Source: Abramowitz & Stegun 26.7.3 and 26.7.4.
  private static func share(within t: Double, freedom: Int) -> Double {
    let angle = atan(t / Double(freedom).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    let isOdd = freedom % 2 == 1
    var sum = 0.0
    var term = isOdd ? cosine : 1
    for step in stride(from: isOdd ? 1 : 0, to: freedom - 1, by: 2) {
      sum += term
      let next = Double(step + 1)
      term *= next / (next + 1) * cosine * cosine
    }
    return isOdd ? (angle + sine * sum) * 2 / .pi : sine * sum
  }
}

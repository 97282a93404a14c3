/// Summaries of a sample of numbers. All sums run in the order given.
package enum Summary {
  /// The arithmetic mean; nil for an empty sample.
  package static func mean(_ sample: [Double]) -> Double? {
    sample.isEmpty ? nil : sample.reduce(0, +) / Double(sample.count)
  }

  /// The standard deviation with divisor n - 1; nil for fewer than two values.
  package static func deviation(_ sample: [Double]) -> Double? {
    guard sample.count >= 2, let mean = mean(sample) else { return nil }
    let squares = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(sample.count - 1)).squareRoot()
  }

  /// The value below which a share of the sample lies, linear between neighbours.
  ///
  ///     place = share (n - 1);   x[floor] + (place - floor) (x[floor + 1] - x[floor])
  ///
  /// - Parameters:
  ///   - share: in 0...1.
  ///   - sample: in any order.
  /// - Returns: nil for an empty sample.
  package static func quantile(_ share: Double, of sample: [Double]) -> Double? {
    precondition((0...1).contains(share), "quantile: share \(share)")
    guard !sample.isEmpty else { return nil }
    let sorted = sample.sorted()
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }

  /// The middle value, or the mean of the middle two; nil for an empty sample.
  package static func median(_ sample: [Double]) -> Double? { quantile(0.5, of: sample) }

  /// The median distance from the median, not scaled; nil for an empty sample.
  package static func medianAbsoluteDeviation(_ sample: [Double]) -> Double? {
    median(sample).flatMap { middle in median(sample.map { abs($0 - middle) }) }
  }
}

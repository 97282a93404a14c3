/// What a box plot shows of a sample.
package struct BoxSummary: Sendable, Equatable {
  package let quartiles: ClosedRange<Double>
  package let median: Double
  /// From the least to the largest value within one and a half box lengths of the box.
  package let whiskers: ClosedRange<Double>
  /// Values beyond the whiskers, sorted.
  package let outliers: [Double]

  /// Summarises a sample; nil where it is empty.
  package init?(_ sample: [Double]) {
    guard let low = Summary.quantile(0.25, of: sample), let median = Summary.median(sample),
      let high = Summary.quantile(0.75, of: sample)
    else { return nil }
    let reach = 1.5 * (high - low)
    let inside = sample.filter { $0 >= low - reach && $0 <= high + reach }
    quartiles = low...high
    self.median = median
    whiskers = min(low, inside.min() ?? low)...max(high, inside.max() ?? high)
    outliers = sample.filter { $0 < low - reach || $0 > high + reach }.sorted()
  }
}

/// How far one size lies from those of others, in robust standard deviations.
package enum AnomalyIndex {
  /// `|norm - median| / (1.4826 MAD)`; `nil` when the deviation is 0.
  package static func of(_ norm: Double, among norms: [Double]) -> Double? {
    guard let median = Summary.median(norms),
      let deviation = Summary.medianAbsoluteDeviation(norms), deviation > 0
    else { return nil }
    return abs(norm - median) / (1.4826 * deviation)
  }
}

/// The 95 % interval of a mean over seeds without assuming a distribution: by drawing as many seeds
/// again, with replacement, and taking the middle 95 % of the means.
///
/// The draws are fixed: equal numbers give an equal interval, on every machine. With few seeds it is
/// narrower than Student's, for their spread is all that it knows.
///
/// - Source: Efron & Tibshirani 1993, the percentile interval.
enum SeedBootstrap {
  private static let drawCount = 10_000

  /// - Returns: `nil` for fewer than two numbers.
  static func interval(_ values: [Double]) -> ClosedRange<Double>? {
    guard values.count > 1 else { return nil }
    let means = (0..<drawCount).map { draw in
      let sum = values.indices.reduce(0.0) { sum, place in
        sum + values[index(draw * values.count + place, below: values.count)]
      }
      return sum / Double(values.count)
    }.sorted()
    let tail = drawCount / 40
    return means[tail]...means[drawCount - 1 - tail]
  }

  /// The random number of a counter, by the finaliser of SplitMix64.
  private static func index(_ counter: Int, below count: Int) -> Int {
    var bits = UInt64(counter + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ (bits >> 31)).multipliedFullWidth(by: UInt64(count)).high)
  }
}

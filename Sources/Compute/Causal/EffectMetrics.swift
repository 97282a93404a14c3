import Foundation

/// How good estimated effects are, against the truth or against randomised outcomes. Of no units
/// nothing can be measured: nil.
package enum EffectMetrics {
  /// The root of the precision in estimating heterogeneous effects:
  /// `sqrt(mean((estimate - truth)^2))`, with the noiseless truth mu1 - mu0.
  ///
  /// - Source: Hill 2011.
  package static func rootPEHE(_ estimate: [Double], truth: [Double]) -> Double? {
    meanSquare(estimate, truth)?.squareRoot()
  }

  /// `mean((a - b)^2)`: the DR-loss, where b are doubly robust scores.
  package static func meanSquare(_ a: [Double], _ b: [Double]) -> Double? {
    Summary.mean(zip(a, b).map { ($0 - $1) * ($0 - $1) })
  }

  /// `|mean(estimate) - mean(truth)|`.
  package static func averageError(_ estimate: [Double], truth: [Double]) -> Double? {
    Summary.mean(estimate).flatMap { mean in Summary.mean(truth).map { abs(mean - $0) } }
  }

  /// The mean outcome if each unit were treated as its estimated effect says, on randomised units.
  ///
  ///     pi = [estimate > 0],
  ///     value = p(pi=1) mean(y | pi=1, t=1) + p(pi=0) mean(y | pi=0, t=0)
  ///
  /// An empty cell contributes 0. The risk of a 0/1 outcome is 1 - value. Where lower outcomes are
  /// better, flip the sign of the estimate first.
  ///
  /// - Source: Shalit, Johansson & Sontag 2017.
  package static func policyValue(
    _ estimate: [Double], treatment: [Int], outcome: [Double]
  ) -> Double? {
    guard !estimate.isEmpty else { return nil }
    let count = Double(estimate.count)
    func part(treated: Bool) -> Double {
      let rule = estimate.indices.filter { (estimate[$0] > 0) == treated }
      let seen = rule.filter { (treatment[$0] == 1) == treated }.map { outcome[$0] }
      return Double(rule.count) / count * (Summary.mean(seen) ?? 0)
    }
    return part(treated: true) + part(treated: false)
  }

  /// Spearman's rank correlation; ties share their mean rank; nil where a side is constant.
  package static func spearman(_ a: [Double], _ b: [Double]) -> Double? {
    correlation(meanRanks(a), meanRanks(b))
  }

  private static func correlation(_ a: [Double], _ b: [Double]) -> Double? {
    let moments = moments(a, b)
    guard moments.squareA > 0, moments.squareB > 0 else { return nil }
    return moments.product / (moments.squareA * moments.squareB).squareRoot()
  }

  /// Sums of products and squares of deviations from the means.
  private static func moments(
    _ a: [Double], _ b: [Double]
  ) -> (product: Double, squareA: Double, squareB: Double) {
    let (meanA, meanB) = (Summary.mean(a) ?? 0, Summary.mean(b) ?? 0)
    return zip(a, b).reduce(into: (product: 0, squareA: 0, squareB: 0)) { sums, pair in
      let (x, y) = (pair.0 - meanA, pair.1 - meanB)
      sums.product += x * y
      sums.squareA += x * x
      sums.squareB += y * y
    }
  }

  /// Ranks from 1 in ascending order; equal values share the mean of theirs.
  package static func meanRanks(_ sample: [Double]) -> [Double] {
    let order = sample.indices.sorted { (sample[$0], $0) < (sample[$1], $1) }
    var ranks = [Double](repeating: 0, count: sample.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, sample[order[end + 1]] == sample[order[start]] { end += 1 }
      for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
      start = end + 1
    }
    return ranks
  }

  /// The area between the targeting operator curve of an ordering and 0 (AUTOC): the mean over
  /// q = 1/n ... 1 of (mean score of the first q by estimate) - (mean score of all).
  ///
  /// - Parameters:
  ///   - estimate: larger is treated first.
  ///   - score: the truth, or doubly robust pseudo-outcomes.
  /// - Returns: the area, in the unit of the scores.
  /// - Source: Yadlowsky et al. 2021.
  package static func targetingArea(_ estimate: [Double], score: [Double]) -> Double? {
    guard let mean = Summary.mean(score) else { return nil }
    let order = estimate.indices.sorted { (-estimate[$0], $0) < (-estimate[$1], $1) }
    var (sum, area) = (0.0, 0.0)
    for (place, unit) in order.enumerated() {
      sum += score[unit]
      area += sum / Double(place + 1) - mean
    }
    return area / Double(order.count)
  }

  /// Slope of the regression of doubly robust pseudo-outcomes on estimated effects: about 1 where
  /// they are calibrated; nil where all estimates are equal.
  package static func calibrationSlope(_ estimate: [Double], score: [Double]) -> Double? {
    let moments = moments(estimate, score)
    return moments.squareA > 0 ? moments.product / moments.squareA : nil
  }
}

import Foundation

/// How good estimated effects are, against the truth or against randomised outcomes.
package enum EffectMetrics {
  /// The root of the precision in estimating heterogeneous effects:
  /// `sqrt(mean((estimate - truth)^2))`, with the noiseless truth mu1 - mu0.
  ///
  /// - Source: Hill 2011.
  package static func rootPEHE(_ estimate: [Double], truth: [Double]) -> Double {
    let squares = zip(estimate, truth).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (squares / Double(max(1, truth.count))).squareRoot()
  }

  /// `|mean(estimate) - mean(truth)|`.
  package static func averageError(_ estimate: [Double], truth: [Double]) -> Double {
    abs((Summary.mean(estimate) ?? 0) - (Summary.mean(truth) ?? 0))
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
  ) -> Double {
    let count = Double(max(1, estimate.count))
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
    guard let meanA = Summary.mean(a), let meanB = Summary.mean(b) else { return nil }
    var (product, squareA, squareB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      product += (x - meanA) * (y - meanB)
      squareA += (x - meanA) * (x - meanA)
      squareB += (y - meanB) * (y - meanB)
    }
    guard squareA > 0, squareB > 0 else { return nil }
    return product / (squareA * squareB).squareRoot()
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
  package static func targetingArea(_ estimate: [Double], score: [Double]) -> Double {
    let order = estimate.indices.sorted { (-estimate[$0], $0) < (-estimate[$1], $1) }
    let mean = Summary.mean(score) ?? 0
    var (sum, area) = (0.0, 0.0)
    for (place, unit) in order.enumerated() {
      sum += score[unit]
      area += sum / Double(place + 1) - mean
    }
    return area / Double(max(1, order.count))
  }

  /// Slope of the regression of doubly robust pseudo-outcomes on estimated effects: about 1 where
  /// they are calibrated; nil where all estimates are equal.
  package static func calibrationSlope(_ estimate: [Double], score: [Double]) -> Double? {
    guard let mean = Summary.mean(estimate) else { return nil }
    let centre = Summary.mean(score) ?? 0
    var (product, square) = (0.0, 0.0)
    for (x, y) in zip(estimate, score) {
      product += (x - mean) * (y - centre)
      square += (x - mean) * (x - mean)
    }
    return square > 0 ? product / square : nil
  }
}

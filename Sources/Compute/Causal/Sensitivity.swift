import Foundation

/// How strong something unobserved would have to be to undo a finding.
package enum Sensitivity {
  /// The E-value of a risk ratio: `RR + sqrt(RR (RR - 1))`, RR below 1 inverted first.
  ///
  /// - Source: VanderWeele & Ding 2017.
  package static func eValue(riskRatio: Double) -> Double {
    precondition(riskRatio > 0, "e-value: risk ratio \(riskRatio)")
    let ratio = riskRatio < 1 ? 1 / riskRatio : riskRatio
    return ratio + (ratio * (ratio - 1)).squareRoot()
  }

  /// The E-value of the limit of an interval that lies nearer 1; 1 where it crosses 1.
  package static func eValue(interval: ClosedRange<Double>) -> Double {
    interval.contains(1)
      ? 1 : eValue(riskRatio: interval.lowerBound > 1 ? interval.lowerBound : interval.upperBound)
  }

  /// The risk ratio that stands for a standardised effect d: `exp(0.91 d)`.
  package static func riskRatio(standardisedEffect d: Double) -> Double { exp(0.91 * d) }

  /// The largest p-value that a hidden bias of `gamma` allows for matched pairs with 0/1 outcomes:
  /// `P(Binomial(D, gamma / (1 + gamma)) >= T)`.
  ///
  /// - Parameters:
  ///   - favourable: T, discordant pairs that speak for the effect.
  ///   - discordant: D.
  ///   - gamma: odds by which two matched units may differ in treatment, at least 1.
  /// - Returns: the bound.
  /// - Source: Rosenbaum 2002, section 4.3.
  package static func rosenbaumBinary(
    favourable: Int, discordant: Int, gamma: Double
  ) -> Double {
    let p = gamma / (1 + gamma)
    guard favourable > 0 else { return 1 }
    guard favourable <= discordant else { return 0 }
    return (favourable...discordant).reduce(0) { sum, k in
      let ways =
        lgamma(Double(discordant + 1)) - lgamma(Double(k + 1)) - lgamma(Double(discordant - k + 1))
      return sum + exp(ways + Double(k) * log(p) + Double(discordant - k) * log(1 - p))
    }
  }

  /// The same bound for Wilcoxon's signed rank statistic, by its normal approximation: mean
  /// `p n (n + 1) / 2`, variance `p (1 - p) n (n + 1) (2 n + 1) / 6`, `p = gamma / (1 + gamma)`.
  ///
  /// - Parameters:
  ///   - statistic: T, the ranks of the positive differences added up.
  ///   - pairs: n, with differences other than 0.
  ///   - gamma: as above.
  /// - Returns: the bound.
  package static func rosenbaumWilcoxon(
    statistic: Double, pairs: Int, gamma: Double
  ) -> Double {
    let (p, n) = (gamma / (1 + gamma), Double(pairs))
    let mean = p * n * (n + 1) / 2
    let variance = p * (1 - p) * n * (n + 1) * (2 * n + 1) / 6
    return NormalDistribution.upperTail((statistic - mean) / variance.squareRoot())
  }

  /// Wilcoxon's T of paired differences, and the pairs that count; ties share ranks.
  package static func signedRanks(_ differences: [Double]) -> (statistic: Double, pairs: Int) {
    let nonzero = differences.filter { $0 != 0 }
    let ranks = EffectMetrics.meanRanks(nonzero.map(abs))
    let statistic = zip(nonzero, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    return (statistic, nonzero.count)
  }

  /// The interval of a propensity under the marginal sensitivity model:
  /// `[e / (e + L (1 - e)), e / (e + (1 - e) / L)]`.
  ///
  /// - Source: Tan 2006.
  package static func propensityInterval(_ e: Double, lambda: Double) -> ClosedRange<Double> {
    e / (e + lambda * (1 - e))...e / (e + (1 - e) / lambda)
  }

  /// Bounds of a Hajek mean of one arm under the marginal sensitivity model.
  ///
  /// The extremes weigh outcomes above a cut by one over the lower end of their propensity's
  /// interval, `1 + (1/e - 1) L`, and those below by one over its upper end, `1 + (1/e - 1) / L`,
  /// or the other way round; the best cut is found among all of them.
  ///
  /// - Parameters:
  ///   - outcomes: of the arm.
  ///   - propensities: the probability of the arm, for each unit.
  ///   - lambda: at least 1.
  /// - Returns: the least and the largest mean.
  /// - Source: Zhao, Small & Bhattacharya 2019.
  package static func marginalBounds(
    _ outcomes: [Double], propensities: [Double], lambda: Double
  ) -> ClosedRange<Double> {
    let order = outcomes.indices.sorted { (outcomes[$0], $0) < (outcomes[$1], $1) }
    let intervals = order.map { propensityInterval(propensities[$0], lambda: lambda) }
    let (large, small) = (intervals.map { 1 / $0.lowerBound }, intervals.map { 1 / $0.upperBound })
    /// The extreme mean over cuts, with these weights below the cut and those above it.
    func best(_ below: [Double], _ above: [Double], _ isBetter: (Double, Double) -> Bool) -> Double
    {
      var weight = above.reduce(0, +)
      var sum = zip(above, order).reduce(0) { $0 + $1.0 * outcomes[$1.1] }
      var extreme = sum / weight
      for (place, unit) in order.enumerated() {
        weight += below[place] - above[place]
        sum += (below[place] - above[place]) * outcomes[unit]
        if isBetter(sum / weight, extreme) { extreme = sum / weight }
      }
      return extreme
    }
    return best(large, small, <)...best(small, large, >)
  }
}

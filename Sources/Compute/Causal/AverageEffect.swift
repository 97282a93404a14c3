import Foundation

/// Average effects from outcome predictions and propensities, with standard errors.
///
/// Every estimator is a mean of one score for each unit, so that the error of each is the
/// deviation of its scores, within clusters added up first.
package struct AverageEffect: Sendable, Equatable {
  package let value: Double
  /// Nil where the units cannot tell it: of fewer than 2 units, or 2 clusters, nothing says how
  /// much others would differ.
  package let standardError: Double?

  package init(value: Double, standardError: Double?) {
    (self.value, self.standardError) = (value, standardError)
  }

  /// The two-sided interval of a level, of the normal distribution; nil without an error.
  package func interval(level: Double) -> ClosedRange<Double>? {
    guard let standardError else { return nil }
    let reach = NormalDistribution.quantile((1 + level) / 2) * standardError
    return value - reach...value + reach
  }

  /// What a unit contributes: treatment, outcome, predictions of both outcomes, propensity.
  package struct Unit: Sendable {
    package let treated: Bool
    package let y: Double
    package let mu0: Double
    package let mu1: Double
    /// In 0 < e < 1.
    package let e: Double

    package init(treated: Bool, y: Double, mu0: Double, mu1: Double, e: Double) {
      precondition(e > 0 && e < 1, "average effect: propensity \(e)")
      (self.treated, self.y, self.mu0, self.mu1, self.e) = (treated, y, mu0, mu1, e)
    }

    /// The doubly robust pseudo-outcome
    /// `mu1 - mu0 + t (y - mu1) / e - (1 - t) (y - mu0) / (1 - e)`.
    package var score: Double {
      mu1 - mu0 + (treated ? (y - mu1) / e : -(y - mu0) / (1 - e))
    }

    /// 1 / e for the treated, 1 / (1 - e) for the others.
    package var weight: Double { Self.weight(e, treated: treated) }

    package static func weight(_ e: Double, treated: Bool) -> Double {
      treated ? 1 / e : 1 / (1 - e)
    }

    /// The efficient score's factor: the weight with the sign of the arm.
    var direction: Double { treated ? weight : -weight }

    fileprivate var predicted: Double { treated ? mu1 : mu0 }
  }

  /// The mean of scores.
  ///
  ///     SE^2 = sum (phi - mean)^2 / (n (n - 1))
  ///     SE^2 = C / (C - 1) sum_c (sum_{i in c} (phi_i - mean))^2 / n^2     with C clusters
  ///
  /// - Parameters:
  ///   - scores: at least one.
  ///   - clusters: cluster of each score; nil where units are independent.
  /// - Returns: the mean and its error.
  package static func mean(of scores: [Double], clusters: [Int32]? = nil) -> AverageEffect {
    let (n, value) = (Double(scores.count), Summary.mean(scores) ?? 0)
    guard let clusters else {
      return AverageEffect(
        value: value, standardError: Summary.deviation(scores).map { $0 / n.squareRoot() })
    }
    var sums: [Int32: Double] = [:]
    for (score, cluster) in zip(scores, clusters) { sums[cluster, default: 0] += score - value }
    // In the order of the clusters: a dictionary's is not the same twice.
    let squares = sums.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
    let count = Double(sums.count)
    return AverageEffect(
      value: value,
      standardError: count < 2 ? nil : (squares * count / (count - 1)).squareRoot() / n)
  }

  /// The plain difference of the arms' means, with the scores of its influence function.
  package static func difference(_ units: [Unit], clusters: [Int32]? = nil) -> AverageEffect {
    let share = Double(units.count { $0.treated }) / Double(max(1, units.count))
    let scores = centred(units) { $0.treated ? 1 / share : 1 / (1 - share) }
    return mean(of: scores, clusters: clusters)
  }

  /// Mean of mu1 - mu0. It has no error here: the spread of predictions does not say how far off
  /// they are, and a line's, which are all equal, would seem certain.
  package static func plugin(_ units: [Unit]) -> AverageEffect {
    AverageEffect(value: Summary.mean(units.map { $0.mu1 - $0.mu0 }) ?? 0, standardError: nil)
  }

  /// Horvitz-Thompson: mean of t y / e - (1 - t) y / (1 - e).
  package static func inverseWeighted(_ units: [Unit], clusters: [Int32]? = nil) -> AverageEffect {
    mean(of: units.map { $0.direction * $0.y }, clusters: clusters)
  }

  /// Hajek: weighted means of both arms, weights normalised within each.
  package static func hajek(_ units: [Unit], clusters: [Int32]? = nil) -> AverageEffect {
    mean(of: centred(units, \.weight), clusters: clusters)
  }

  /// Augmented inverse weighting: the mean of ``Unit/score``.
  ///
  /// - Source: Robins, Rotnitzky & Zhao 1994.
  package static func augmented(_ units: [Unit], clusters: [Int32]? = nil) -> AverageEffect {
    mean(of: units.map(\.score), clusters: clusters)
  }

  /// Scores with the weighted difference of means as their mean:
  /// `d + n (w_i / sum of the arm's w) (y_i - mean of the arm)`, minus for the untreated.
  private static func centred(_ units: [Unit], _ weight: (Unit) -> Double) -> [Double] {
    func arm(_ treated: Bool) -> (total: Double, mean: Double) {
      let members = units.filter { $0.treated == treated }
      let total = members.reduce(0) { $0 + weight($1) }
      return (total, members.reduce(0) { $0 + weight($1) * $1.y } / total)
    }
    let (high, low, n) = (arm(true), arm(false), Double(units.count))
    return units.map { unit in
      let own = unit.treated ? high : low
      let part = n * weight(unit) / own.total * (unit.y - own.mean)
      return high.mean - low.mean + (unit.treated ? part : -part)
    }
  }

  /// Targeted maximum likelihood.
  ///
  ///     continuous: epsilon = sum h (y - q) / sum h^2,  q* = q + epsilon h
  ///     0/1:        logit q* = logit q + epsilon h, epsilon by maximum likelihood
  ///     psi = mean(mu1* - mu0*), h = t / e - (1 - t) / (1 - e)
  ///
  /// - Parameters:
  ///   - units: both arms.
  ///   - isBinary: whether outcomes are 0 or 1 and predictions are probabilities.
  ///   - clusters: cluster of each unit; nil where units are independent.
  /// - Returns: the effect, with the error of its efficient scores, and epsilon.
  /// - Source: van der Laan & Rubin 2006.
  package static func targeted(
    _ units: [Unit], isBinary: Bool, clusters: [Int32]? = nil
  ) -> (effect: AverageEffect, epsilon: Double) {
    let epsilon = isBinary ? logisticFluctuation(units) : linearFluctuation(units)
    func moved(_ mu: Double, _ h: Double) -> Double {
      isBinary ? LeastSquares.logistic(logit(mu) + epsilon * h) : mu + epsilon * h
    }
    let updated = units.map { unit in
      Unit(
        treated: unit.treated, y: unit.y, mu0: moved(unit.mu0, -1 / (1 - unit.e)),
        mu1: moved(unit.mu1, 1 / unit.e), e: unit.e)
    }
    // The fluctuation makes the mean correction vanish, so the scores average to psi.
    return (augmented(updated, clusters: clusters), epsilon)
  }

  private static func linearFluctuation(_ units: [Unit]) -> Double {
    var (top, bottom) = (0.0, 0.0)
    for unit in units {
      top += unit.direction * (unit.y - unit.predicted)
      bottom += unit.direction * unit.direction
    }
    return top / bottom
  }

  private static func logisticFluctuation(_ units: [Unit]) -> Double {
    var epsilon = 0.0
    for _ in 0..<50 {
      var (slope, curvature) = (0.0, 0.0)
      for unit in units {
        let p = LeastSquares.logistic(logit(unit.predicted) + epsilon * unit.direction)
        slope += unit.direction * (unit.y - p)
        curvature += unit.direction * unit.direction * p * (1 - p)
      }
      guard curvature > 0 else { break }
      epsilon += slope / curvature
      if abs(slope / curvature) < 1e-12 { break }
    }
    return epsilon
  }

  /// With probabilities kept off 0 and 1.
  private static func logit(_ p: Double) -> Double {
    let inside = min(max(p, 1e-6), 1 - 1e-6)
    return log(inside / (1 - inside))
  }

  /// The effect on the treated, augmented: untreated units weigh e / (1 - e).
  ///
  ///     phi = (t (y - mu0) - (1 - t) e / (1 - e) (y - mu0)) / p,   p the share treated
  package static func onTreated(_ units: [Unit], clusters: [Int32]? = nil) -> AverageEffect {
    let share = Double(units.count { $0.treated }) / Double(max(1, units.count))
    let raw = units.map { unit in
      (unit.treated ? unit.y - unit.mu0 : -unit.e / (1 - unit.e) * (unit.y - unit.mu0)) / share
    }
    let value = Summary.mean(raw) ?? 0
    // The share is estimated too: a treated unit moves the effect by what it differs from it.
    let scores = zip(raw, units).map { $0 - ($1.treated ? value / share : 0) + value }
    return mean(of: scores, clusters: clusters)
  }
}

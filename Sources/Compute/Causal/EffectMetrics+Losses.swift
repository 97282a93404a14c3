/// What can be said of estimated effects where no truth is known: losses that order estimators, with
/// no scale of their own.
extension EffectMetrics {
  /// The R-loss of effects: how well they explain what the mean outcome leaves.
  ///
  ///     mean(((y - m) - tau (t - e))^2),   m = e mu1 + (1 - e) mu0
  ///
  /// - Parameters:
  ///   - estimate: tau, of units that trained neither it nor the outcomes.
  ///   - units: with treatment, outcome, predicted outcomes and propensities.
  /// - Returns: nil for no units.
  /// - Source: Nie & Wager 2021.
  package static func residualLoss(
    _ estimate: [Double], _ units: [AverageEffect.Unit]
  ) -> Double? {
    let left = units.map { unit in
      unit.y - (unit.e * unit.mu1 + (1 - unit.e) * unit.mu0)
    }
    let explained = zip(estimate, units).map { $0 * (($1.treated ? 1 : 0) - $1.e) }
    return meanSquare(left, explained)
  }

  /// The root PEHE against what nearest neighbours tell: the outcome that was not seen is that of
  /// the nearest unit of the other arm, the first of equally near ones.
  ///
  ///     tau_i = (1 - 2 t_i) (y_j - y_i),   j = argmin over the other arm of |x_i - x_j|
  ///
  /// - Parameters:
  ///   - estimate: of each unit.
  ///   - x: covariates of each unit, on scales that may be compared.
  ///   - treatment: 0 or 1.
  ///   - outcome: as seen.
  ///   - limit: units that are asked, the first ones; their neighbours are sought among all.
  /// - Returns: nil where an arm is empty.
  package static func nearestPEHE(
    _ estimate: [Double], x: [[Double]], treatment: [UInt8], outcome: [Double], limit: Int = 2_000
  ) -> Double? {
    let arms = (0...1).map { arm in treatment.indices.filter { Int(treatment[$0]) == arm } }
    guard arms.allSatisfy({ !$0.isEmpty }) else { return nil }
    func distance(_ a: Int, _ b: Int) -> Double {
      zip(x[a], x[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    let asked = estimate.indices.prefix(limit)
    let found = asked.map { unit in
      let others = arms[1 - Int(treatment[unit])]
      var (nearest, least) = (others[0], Double.infinity)
      for other in others {
        let far = distance(unit, other)
        if far < least { (nearest, least) = (other, far) }
      }
      return (treatment[unit] == 1 ? -1 : 1) * (outcome[nearest] - outcome[unit])
    }
    return rootPEHE(asked.map { estimate[$0] }, truth: found)
  }
}

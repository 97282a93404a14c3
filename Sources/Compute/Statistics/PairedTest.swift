/// Whether one of two methods is better on the same data sets, by differences of their values.
///
/// Both are bounds of Rosenbaum's for pairs without hidden bias, `gamma = 1`.
package enum PairedTest {
  /// The sign test: how often a fair coin falls at least as far to one side.
  ///
  ///     p = min(1, 2 P(Binomial(n, 1/2) >= max(wins, losses)))
  ///
  /// - Parameter differences: those of 0 do not count.
  /// - Returns: two-sided p; nil where none counts.
  package static func sign(_ differences: [Double]) -> Double? {
    let (below, above) = (differences.count { $0 < 0 }, differences.count { $0 > 0 })
    guard below + above > 0 else { return nil }
    let tail = Sensitivity.rosenbaumBinary(
      favourable: max(below, above), discordant: below + above, gamma: 1)
    return min(1, 2 * tail)
  }

  /// Wilcoxon's signed rank test, by its normal approximation.
  ///
  /// - Parameter differences: those of 0 do not count; equal ones share ranks.
  /// - Returns: two-sided p; nil where none counts.
  package static func wilcoxon(_ differences: [Double]) -> Double? {
    let ranks = Sensitivity.signedRanks(differences)
    guard ranks.pairs > 0 else { return nil }
    let tail = Sensitivity.rosenbaumWilcoxon(
      statistic: ranks.statistic, pairs: ranks.pairs, gamma: 1)
    return 2 * min(tail, 1 - tail)
  }
}

/// Intervals of means over targets that come in groups, which are drawn anew as a whole.
///
/// All measures of one instance see the same draws, so differences between them are paired.
package struct GroupedBootstrap: Sendable {
  /// Draws where nothing else is asked for: bounds of 95 % then lie 50 draws from either end.
  package static let usualDraws = 2000

  package struct Interval: Sendable, Equatable {
    package let mean: Double
    /// Between which 95 % of the drawn means lie.
    package let low: Double
    package let high: Double
  }

  /// Members of each group.
  private let groups: [[Int]]
  /// Draws, made anew for each interval rather than kept: there may be 100,000 of 10,000 groups.
  private let bootstrap: ClusterBootstrap?

  /// Draws groups with replacement.
  ///
  /// - Parameters:
  ///   - groupOf: the group of each target, any numbers.
  ///   - count: draws.
  ///   - seed: of the draws.
  package init(groupOf: [Int], count: Int, seed: UInt64) {
    groups = Dictionary(grouping: groupOf.indices) { groupOf[$0] }.sorted { $0.key < $1.key }
      .map(\.value)
    bootstrap =
      groups.isEmpty
      ? nil : ClusterBootstrap(clusterCount: groups.count, draws: count, seed: seed)
  }

  /// The mean of what is measured, with its interval; nil where nothing is, or not a finite number.
  ///
  /// - Parameter values: one a target; nil where the measure is not defined.
  /// - Returns: quantiles 0.025 and 0.975 of the drawn means; the mean itself without draws.
  package func interval(_ values: [Double?]) -> Interval? {
    let parts = groups.map { members -> (sum: Double, count: Int) in
      let known = members.compactMap { values[$0] }
      return (known.reduce(0, +), known.count)
    }
    let count = parts.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    let mean = parts.reduce(0) { $0 + $1.sum } / Double(count)
    guard mean.isFinite, let bootstrap else { return nil }
    let means = bootstrap.replicates(lanes: Lanes(1)) { times -> Double? in
      var (sum, drawn) = (0.0, 0)
      for (group, part) in zip(times, parts) {
        sum += Double(group) * part.sum
        drawn += group * part.count
      }
      return drawn > 0 ? sum / Double(drawn) : nil
    }.compactMap(\.self)
    let bounds = ClusterBootstrap.interval(means, level: 0.95) ?? mean...mean
    return Interval(mean: mean, low: bounds.lowerBound, high: bounds.upperBound)
  }
}

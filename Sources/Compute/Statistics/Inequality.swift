import Foundation

/// How unequally a burden or a good is spread over people; every unit stands for `weight` of them.
package enum Inequality {
  /// The concentration index of `y` over people ranked by `rank`.
  ///
  ///     C = 2 sum w_i y_i r_i / mu - 1,   sum w = 1,   mu = sum w_i y_i
  ///
  /// r is the weighted fractional rank: the weight below, and half of one's own. Ties share their
  /// mean rank.
  ///
  /// - Returns: in -1...1 for y >= 0; negative when y is concentrated on low ranks (a burden on
  ///   the poor); nil where the mean of y is 0.
  /// - Precondition: equally many of each, weights >= 0 with a positive sum.
  package static func concentration(
    of y: [Double], by rank: [Double], weights: [Double]? = nil
  ) -> Double? {
    let share = shares(weights, count: y.count)
    precondition(rank.count == y.count, "concentration: \(rank.count) ranks, \(y.count) values")
    let mean = zip(share, y).reduce(0) { $0 + $1.0 * $1.1 }
    guard mean != 0 else { return nil }
    let ranks = fractionalRanks(of: rank, shares: share)
    let sum = y.indices.reduce(0) { $0 + share[$1] * y[$1] * ranks[$1] }
    return 2 * sum / mean - 1
  }

  /// Erreygers' index for y bounded in low...high, which does not depend on its level:
  /// `4 mu C / (high - low)`.
  package static func erreygers(
    of y: [Double], by rank: [Double], weights: [Double]? = nil, bounds: ClosedRange<Double>
  ) -> Double {
    let share = shares(weights, count: y.count)
    let mean = zip(share, y).reduce(0) { $0 + $1.0 * $1.1 }
    let index = concentration(of: y, by: rank, weights: weights) ?? 0
    return 4 * mean * index / (bounds.upperBound - bounds.lowerBound)
  }

  /// The Gini index: the concentration index of y ranked by itself.
  package static func gini(_ y: [Double], weights: [Double]? = nil) -> Double? {
    concentration(of: y, by: y, weights: weights)
  }

  /// The share of all y that the people up to each rank have, from (0, 0) to (1, 1): the
  /// concentration curve, and the Lorenz curve where y is ranked by itself. Ties make one step.
  package static func curve(
    of y: [Double], by rank: [Double], weights: [Double]? = nil
  ) -> [(people: Double, share: Double)] {
    let share = shares(weights, count: y.count)
    let total = zip(share, y).reduce(0) { $0 + $1.0 * $1.1 }
    var points = [(people: 0.0, share: 0.0)]
    var (people, sum) = (0.0, 0.0)
    for group in tieGroups(of: rank) {
      for unit in group {
        people += share[unit]
        sum += share[unit] * y[unit]
      }
      points.append((people, total == 0 ? people : sum / total))
    }
    return points
  }

  /// The Theil index and its exact split by group, `total = between + within`.
  ///
  ///     T = sum w (y / mu) ln(y / mu),   0 ln 0 = 0
  ///     between = sum_g W_g (mu_g / mu) ln(mu_g / mu),   within = sum_g W_g (mu_g / mu) T_g
  ///
  /// - Precondition: y >= 0 with a positive mean; one group for each unit.
  package static func theil(
    _ y: [Double], groups: [Int], weights: [Double]? = nil
  ) -> (total: Double, between: Double, within: Double) {
    precondition(groups.count == y.count, "theil: \(groups.count) groups for \(y.count) values")
    let share = shares(weights, count: y.count)
    let mean = zip(share, y).reduce(0) { $0 + $1.0 * $1.1 }
    precondition(mean > 0 && y.allSatisfy { $0 >= 0 }, "theil: mean \(mean), or a value below 0")
    var (total, between, within) = (0.0, 0.0, 0.0)
    for group in Set(groups).sorted() {
      let members = groups.indices.filter { groups[$0] == group }
      let people = members.reduce(0) { $0 + share[$1] }
      guard people > 0 else { continue }
      let groupMean = members.reduce(0) { $0 + share[$1] * y[$1] } / people
      let part = people * groupMean / mean
      guard groupMean > 0 else { continue }
      between += part * log(groupMean / mean)
      var inner = 0.0
      for unit in members where y[unit] > 0 {
        inner += share[unit] / people * y[unit] / groupMean * log(y[unit] / groupMean)
        total += share[unit] * y[unit] / mean * log(y[unit] / mean)
      }
      within += part * inner
    }
    return (total, between, within)
  }

  // MARK: Ranks

  private static func shares(_ weights: [Double]?, count: Int) -> [Double] {
    guard let weights else { return [Double](repeating: 1 / Double(count), count: count) }
    let sum = weights.reduce(0, +)
    precondition(
      weights.count == count && sum > 0 && weights.allSatisfy { $0 >= 0 },
      "inequality: \(weights.count) weights with sum \(sum) for \(count) values")
    return weights.map { $0 / sum }
  }

  /// Units of equal rank together, ascending.
  private static func tieGroups(of rank: [Double]) -> [ArraySlice<Int>] {
    let order = rank.indices.sorted { (rank[$0], $0) < (rank[$1], $1) }
    var groups: [ArraySlice<Int>] = []
    var start = 0
    for place in order.indices
    where place + 1 == order.count || rank[order[place + 1]] != rank[order[place]] {
      groups.append(order[start...place])
      start = place + 1
    }
    return groups
  }

  private static func fractionalRanks(of rank: [Double], shares: [Double]) -> [Double] {
    var ranks = [Double](repeating: 0, count: rank.count)
    var below = 0.0
    for group in tieGroups(of: rank) {
      let own = group.reduce(0) { $0 + shares[$1] }
      for unit in group { ranks[unit] = below + own / 2 }
      below += own
    }
    return ranks
  }
}

import Foundation

/// Pairs of a treated and an untreated unit of nearly equal propensity.
package enum PropensityMatching {
  /// Greedy 1:1 matching without replacement on the logit of the propensity.
  ///
  /// Treated units choose in order of falling propensity, since the likeliest have the fewest
  /// counterparts.
  ///
  /// - Parameters:
  ///   - propensities: in 0 < e < 1.
  ///   - treatment: 0 or 1.
  ///   - caliper: largest distance, in deviations of the logits.
  /// - Returns: pairs of rows, treated first.
  package static func pairs(
    _ propensities: [Double], treatment: [UInt8], caliper: Double = 0.2
  ) -> [(treated: Int, untreated: Int)] {
    let logits = propensities.map { log($0 / (1 - $0)) }
    let reach = caliper * (Summary.deviation(logits) ?? 0)
    func sorted(_ arm: UInt8) -> [Int] {
      logits.indices.filter { treatment[$0] == arm }.sorted {
        (-logits[$0], $0) < (-logits[$1], $1)
      }
    }
    var free = sorted(0)
    var pairs: [(treated: Int, untreated: Int)] = []
    /// The first free unit, in order of falling logits, whose logit is at most this.
    func first(atMost logit: Double) -> Int {
      var (low, high) = (0, free.count)
      while low < high {
        let middle = (low + high) / 2
        if logits[free[middle]] <= logit { high = middle } else { low = middle + 1 }
      }
      return low
    }
    for unit in sorted(1) {
      let below = first(atMost: logits[unit])
      // Of units with equal logits the first is taken, on both sides.
      let above = below > 0 ? first(atMost: logits[free[below - 1]]) : below
      let nearest = [above, below].filter { $0 < free.count }.min {
        abs(logits[free[$0]] - logits[unit]) < abs(logits[free[$1]] - logits[unit])
      }
      guard let nearest, abs(logits[free[nearest]] - logits[unit]) <= reach else { continue }
      pairs.append((unit, free.remove(at: nearest)))
    }
    return pairs
  }
}

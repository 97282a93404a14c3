/// Which cached tokens of a head are worth their place, by the attention that they got.
package enum TokenScores {
  /// The largest score around each token: `y[j] = max x[j - k/2 ... j + k/2]`, so that the
  /// neighbours of an important token stay too.
  ///
  /// - Parameters:
  ///   - scores: one for each token.
  ///   - kernel: k, odd.
  /// - Returns: as many.
  package static func pooled(_ scores: [Float], kernel: Int) -> [Float] {
    precondition(kernel >= 1 && kernel % 2 == 1, "pooling: kernel \(kernel)")
    guard kernel > 1 else { return scores }
    let reach = kernel / 2
    return scores.indices.map { j in
      scores[max(0, j - reach)...min(scores.count - 1, j + reach)].max() ?? scores[j]
    }
  }

  /// The `count` tokens of largest score, in ascending order; of equal scores the earlier token.
  package static func largest(_ scores: [Float], count: Int) -> [Int] {
    guard count < scores.count else { return Array(scores.indices) }
    return scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(max(0, count))
      .sorted()
  }

  /// Sums of the query heads of each key head: grouped queries share one cache.
  package static func grouped(_ heads: [[Float]], group: Int) -> [[Float]] {
    stride(from: 0, to: heads.count, by: group).map { first in
      (first + 1..<first + group).reduce(heads[first]) { zip($0, heads[$1]).map(+) }
    }
  }
}

import Compute

/// Which chunks are kept.
package enum ChunkSelection: String, CaseIterable, Sendable {
  /// Those after which the question surprises least: its self-information is lowest.
  case lowest_nll
  /// Those after which it surprises most; an ablation.
  case highest_nll
  case random
  case all

  /// The chunks to keep, in document order; of equal losses the earlier chunk.
  ///
  /// - Parameters:
  ///   - losses: -log P(question | chunk) for each chunk, divided by the question's length.
  ///   - keep: how many; all if there are fewer.
  ///   - random: used by `random` only.
  /// - Returns: ascending indices.
  package func chosen(_ losses: [Double], keep: Int, random: inout SplitMix64) -> [Int] {
    let ranked: [Int]
    switch self {
    case .all: return Array(losses.indices)
    case .lowest_nll: ranked = losses.indices.sorted { (losses[$0], $0) < (losses[$1], $1) }
    case .highest_nll: ranked = losses.indices.sorted { (-losses[$0], $0) < (-losses[$1], $1) }
    case .random: ranked = random.permutation(losses.count)
    }
    return ranked.prefix(keep).sorted()
  }
}

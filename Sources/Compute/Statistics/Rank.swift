/// How many of the scores are larger than that of `index`, or equal and in front of it.
///
/// - Parameters:
///   - index: whose rank is asked for.
///   - scores: of all, `index` among them.
/// - Returns: 0 for the best; the number of scores where that of `index` is not a number: it is
///   never found.
package func rank(of index: Int, in scores: [Float]) -> Int {
  guard !scores[index].isNaN else { return scores.count }
  return scores.indices.count {
    scores[$0] > scores[index] || (scores[$0] == scores[index] && $0 < index)
  }
}

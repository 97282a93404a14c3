/// How a long text is cut into chunks of nearly equal size.
///
/// Sizes differ by at most one, the longer ones first: a short last chunk has a biased, often lower
/// loss of the question and would win against the chunk that holds the answer.
package enum ChunkPlan {
  /// Consecutive ranges of at most `usable` tokens.
  ///
  /// - Parameters:
  ///   - count: tokens of the text, at least 1.
  ///   - usable: tokens of a chunk that are left for text, at least 1.
  ///   - overlap: tokens that each chunk repeats from the end of the one before.
  /// - Returns: `ceil(count / (usable - overlap))` ranges.
  package static func ranges(
    count: Int, usable: Int, overlap: Int = 0
  ) -> [Range<Int>] {
    precondition(
      count >= 1 && usable > overlap && overlap >= 0,
      "chunks: \(count) tokens in chunks of \(usable) with overlap \(overlap)")
    let step = usable - overlap
    let chunks = (count + step - 1) / step
    let (size, longer) = (count / chunks, count % chunks)
    var start = 0
    return (0..<chunks).map { index in
      let end = start + size + (index < longer ? 1 : 0)
      defer { start = end }
      return max(0, start - overlap)..<end
    }
  }

  /// Farthest that a cut moves back to a blank line, tokens.
  package static let alignmentReach = 64

  /// The same with cuts at blank lines where there are some: each moves back to the nearest one
  /// within ``alignmentReach`` tokens.
  ///
  /// A chunk may then be that much longer, so chunks are planned shorter: sizes no longer are
  /// nearly equal, but still at most `usable`.
  ///
  /// - Parameters:
  ///   - tokens: of the text, at least 1.
  ///   - usable: tokens of a chunk that are left for text, more than the reach and `overlap`.
  ///   - overlap: see above.
  ///   - blankLines: which tokens are blank.
  /// - Returns: ranges that together cover the text.
  package static func aligned(
    _ tokens: [Int32], usable: Int, overlap: Int = 0, blankLines: BlankLines
  ) -> [Range<Int>] {
    let plan = ranges(count: tokens.count, usable: usable - alignmentReach - overlap)
    let cuts = plan.dropFirst().map { range in
      (0...alignmentReach).lazy.map { range.lowerBound - $0 }.first {
        $0 > 0 && blankLines.end(at: $0, of: tokens)
      } ?? range.lowerBound
    }
    return zip([0] + cuts, cuts + [tokens.count]).map { max(0, $0 - overlap)..<$1 }
  }
}

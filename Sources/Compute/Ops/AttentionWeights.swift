internal import CKernels

extension AttentionShape {
  /// What attention's softmax gives some queries, for looking at: no gradient, no tiles.
  ///
  /// - Parameters:
  ///   - packed: `[N S, (H + 2 keyHeads) E]`, as `Tape.attention(packed:_:)` takes it.
  ///   - rows: queries of each sequence, inside 0 ..< T.
  ///   - lanes: cores to use.
  /// - Returns: `[N, H, rows, S]`; a row sums to 1, or to 0 where no key is seen.
  package func weights(packed: Tensor, rows: Range<Int>, lanes: Lanes) -> Tensor {
    precondition(
      packed.shape == [batch * keys, packedColumns] && queries <= keys
        && rows.lowerBound >= 0 && rows.upperBound <= queries,
      "attention weights: packed \(packed.shape), queries \(rows) for \(self)")
    let stride = Int64(packedColumns)
    return Tensor([batch, heads, rows.count, keys]) { target in
      packed.withUnsafeFloats { x in
        withScratch(floats: headSize * keys * lanes.numberCount) { scratch in
          lanes.forEachChunk(of: batch * heads, size: 1, work: batch * heads * rows.count * keys) {
            lane, item, _ in
            let (n, h) = (item / heads, item % heads)
            let turned = scratch + lane * headSize * keys
            let sequence = x + n * keys * packedColumns
            ck_transpose_rows(
              turned, Int64(keys), sequence + queryColumns + h / group * headSize, stride,
              Int64(keys), Int64(headSize))
            let scores = target + item * rows.count * keys
            ck_gemm(
              scores, Int64(keys),
              sequence + rows.lowerBound * packedColumns + h * headSize, stride, turned,
              Int64(keys), Int64(rows.count), Int64(keys), Int64(headSize), false)
            for row in rows {
              normalise(scores + (row - rows.lowerBound) * keys, query: row, sequence: n)
            }
          }
        }
      }
    }
  }

  /// Softmax of one row of scores over the keys that the query sees; 0 elsewhere.
  private func normalise(_ scores: UnsafeMutablePointer<Float>, query: Int, sequence: Int) {
    var seen = keyLengths?[sequence] ?? keys
    if isCausal { seen = max(0, min(seen, query + offset + 1)) }
    (scores + seen).update(repeating: 0, count: keys - seen)
    guard seen > 0 else { return }
    ck_scale(scores, scores, scale, Int64(seen))
    ck_softmax(scores, scores, 1, Int64(seen))
  }
}

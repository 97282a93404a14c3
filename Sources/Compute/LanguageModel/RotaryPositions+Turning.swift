internal import CKernels

extension RotaryPositions {
  /// Turns the first heads of some rows of `[rows, columns]` in place; row r takes position
  /// `r % count`.
  func turn(_ x: inout Tensor, rows: Range<Int>, heads: Int, lanes: Lanes) {
    let columns = x.shape[1]
    precondition(
      heads * headSize <= columns && rows.upperBound <= x.shape[0] && count > 0,
      "turn: \(heads) heads of \(headSize) in rows \(rows) of \(x.shape)")
    x.withUnsafeMutableFloats { x in
      Tensor.withUnsafeFloats(cosines, sines) { cosines, sines in
        lanes.forEachGroup(of: rows.count, floats: columns) { part in
          let first = rows.lowerBound + part.lowerBound
          ck_rotate_pairs(
            x + first * columns, cosines, sines, Int64(first), Int64(part.count), Int64(count),
            Int64(columns), Int64(heads), Int64(headSize), layout == .interleaved, false)
        }
      }
    }
  }
}

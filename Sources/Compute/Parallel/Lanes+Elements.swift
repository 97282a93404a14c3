extension Lanes {
  /// Calls `body` for pieces of 64 KiB of floats, which stay in the second-level cache.
  ///
  /// - Parameters:
  ///   - count: number of floats.
  ///   - body: gets the first index and the length of a piece.
  func forEachPiece(of count: Int, body: (_ start: Int, _ count: Int) -> Void) {
    forEachChunk(of: count, size: 16_384, work: count) { _, items in
      body(items.lowerBound, items.count)
    }
  }

  /// Calls `body` for groups of images or rows of about 128 KiB.
  ///
  /// - Parameters:
  ///   - images: number of rows.
  ///   - floats: floats in one row.
  ///   - body: gets the rows of a group.
  func forEachGroup(of images: Int, floats: Int, body: (_ images: Range<Int>) -> Void) {
    let size = max(1, 32_768 / max(1, floats))
    forEachChunk(of: images, size: size, work: images * floats) { _, items in body(items) }
  }
}

internal import COpenBLAS

extension Tensor {
  /// Floats in a chunk of elementwise work: 64 KiB, which stays in the second-level cache.
  static let elementwiseChunk = 16_384

  /// Adds another tensor in place.
  ///
  /// - Precondition: equal shapes.
  mutating func add(_ other: Tensor, lanes: Lanes) {
    precondition(shape == other.shape, "add: \(shape) + \(other.shape), shapes differ")
    let count = self.count
    withUnsafeMutableFloats { target in
      other.withUnsafeFloats { source in
        lanes.forEachChunk(of: count, size: Self.elementwiseChunk, work: count) { _, items in
          Self.add(source + items.lowerBound, to: target + items.lowerBound, count: items.count)
        }
      }
    }
  }

  /// target += source, on the calling thread.
  static func add(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    cblas_saxpy(Int32(count), 1, source, 1, target, 1)
  }
}

/// A contiguous, row-major block of 32-bit floats with a shape.
///
/// A value: copies share memory until one is written (copy-on-write). Row ranges and reshapes are
/// views that share memory in the same way. Raw pointers exist only inside the `withUnsafe...`
/// closures; gradients live on a `Tape`.
package struct Tensor: Sendable {
  package let shape: Shape
  private var storage: Storage
  /// Index of the first element in the storage, in floats.
  private var offset: Int

  /// A tensor whose elements are undefined until written.
  package init(uninitialized shape: Shape) {
    self.init(
      shape: shape, offset: 0,
      storage: Storage(byteCount: shape.count * MemoryLayout<Float>.stride))
  }

  private init(shape: Shape, offset: Int, storage: Storage) {
    self.shape = shape
    self.offset = offset
    self.storage = storage
  }

  package var count: Int { shape.count }

  /// Reads the elements in row-major order; the pointer must not escape `body`.
  package func withUnsafeFloats<R>(
    _ body: (UnsafePointer<Float>) throws -> R
  ) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafePointer(storage.base.assumingMemoryBound(to: Float.self) + offset))
    }
  }

  /// Reads and writes the elements in row-major order; the pointer must not escape `body`.
  ///
  /// Copies the elements first when another tensor shares them.
  package mutating func withUnsafeMutableFloats<R>(
    _ body: (UnsafeMutablePointer<Float>) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    return try withExtendedLifetime(storage) {
      try body(storage.base.assumingMemoryBound(to: Float.self) + offset)
    }
  }

  private func copied() -> Tensor {
    let result = Tensor(uninitialized: shape)
    withUnsafeFloats { source in
      result.storage.base.copyMemory(from: source, byteCount: count * MemoryLayout<Float>.stride)
    }
    return result
  }

  /// The same elements under another shape; shares memory.
  ///
  /// - Precondition: equal counts.
  package func reshaped(_ shape: Shape) -> Tensor {
    precondition(
      shape.count == count, "reshape: \(self.shape) to \(shape), counts \(count) and \(shape.count)"
    )
    return Tensor(shape: shape, offset: offset, storage: storage)
  }

  /// A range of the outermost axis; shares memory.
  ///
  /// - Precondition: the range lies inside axis 0.
  package func rows(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "rows: \(range) of \(shape)")
    let rowCount = shape[0] == 0 ? 0 : count / shape[0]
    return Tensor(
      shape: shape.withRows(range.count), offset: offset + range.lowerBound * rowCount,
      storage: storage)
  }

  /// A range of the flattened elements under a shape; shares memory.
  ///
  /// - Precondition: `start + shape.count <= count`.
  package func view(at start: Int, shape: Shape) -> Tensor {
    precondition(
      start >= 0 && start + shape.count <= count, "view: \(shape) at \(start) of \(self.shape)")
    return Tensor(shape: shape, offset: offset + start, storage: storage)
  }
}

import Foundation

/// A contiguous, row-major block of bytes with a shape: images, `[N, C, H, W]`, 0...255.
///
/// A value with copy-on-write, like `Tensor`.
package struct ByteTensor: Sendable, Equatable {
  package let shape: Shape
  private var storage: Storage
  private var offset: Int

  /// A tensor whose elements are undefined until written.
  package init(uninitialized shape: Shape) {
    self.init(shape: shape, offset: 0, storage: Storage(byteCount: shape.count))
  }

  private init(shape: Shape, offset: Int, storage: Storage) {
    self.shape = shape
    self.offset = offset
    self.storage = storage
  }

  /// A tensor that `fill` writes completely.
  package init(_ shape: Shape, fill: (UnsafeMutablePointer<UInt8>) throws -> Void) rethrows {
    self.init(uninitialized: shape)
    try withUnsafeMutableBytes(fill)
  }

  /// The given elements in row-major order.
  ///
  /// - Precondition: as many values as the shape has elements.
  package init(_ values: some Collection<UInt8>, shape: Shape) {
    precondition(
      values.count == shape.count, "byte tensor: \(values.count) values for shape \(shape)")
    self.init(shape) { pointer in
      _ = UnsafeMutableBufferPointer(start: pointer, count: shape.count).initialize(from: values)
    }
  }

  package var count: Int { shape.count }

  /// Number of elements in one row of the outermost axis.
  package var rowCount: Int { shape[0] == 0 ? 0 : count / shape[0] }

  /// The elements in row-major order.
  package var values: [UInt8] {
    withUnsafeBytes { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }

  /// Reads the elements in row-major order; the pointer must not escape `body`.
  package func withUnsafeBytes<R>(
    _ body: (UnsafePointer<UInt8>) throws -> R
  ) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafePointer(storage.base.assumingMemoryBound(to: UInt8.self) + offset))
    }
  }

  /// Reads and writes the elements, copied first when another tensor shares them; the pointer
  /// must not escape `body`.
  package mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutablePointer<UInt8>) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    return try withExtendedLifetime(storage) {
      try body(storage.base.assumingMemoryBound(to: UInt8.self) + offset)
    }
  }

  private func copied() -> ByteTensor {
    let result = ByteTensor(uninitialized: shape)
    withUnsafeBytes { result.storage.base.copyMemory(from: $0, byteCount: count) }
    return result
  }

  /// A range of the outermost axis; shares memory.
  ///
  /// - Precondition: the range lies inside axis 0.
  package func rows(_ range: Range<Int>) -> ByteTensor {
    precondition(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "rows: \(range) of \(shape)")
    return ByteTensor(
      shape: shape.withRows(range.count), offset: offset + range.lowerBound * rowCount,
      storage: storage)
  }

  /// The rows with the given indices, in that order; copies.
  ///
  /// - Precondition: every index lies inside axis 0.
  package func gathered(rows indices: some Collection<Int>) -> ByteTensor {
    let rowCount = self.rowCount
    return ByteTensor(shape.withRows(indices.count)) { target in
      withUnsafeBytes { source in
        for (position, index) in indices.enumerated() {
          precondition(index >= 0 && index < shape[0], "gather: row \(index) of \(shape)")
          (target + position * rowCount).update(
            from: source + index * rowCount, count: rowCount)
        }
      }
    }
  }

  package static func == (left: ByteTensor, right: ByteTensor) -> Bool {
    guard left.shape == right.shape else { return false }
    return left.withUnsafeBytes { a in
      right.withUnsafeBytes { b in memcmp(a, b, left.count) == 0 }
    }
  }
}

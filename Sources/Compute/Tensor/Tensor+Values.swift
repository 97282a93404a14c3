import Foundation

extension Tensor: Equatable {
  /// A tensor that `fill` writes completely.
  package init(_ shape: Shape, fill: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    self.init(uninitialized: shape)
    try withUnsafeMutableFloats(fill)
  }

  package init(zeros shape: Shape) {
    self.init(shape) { $0.initialize(repeating: 0, count: shape.count) }
  }

  package init(repeating value: Float, shape: Shape) {
    self.init(shape) { $0.initialize(repeating: value, count: shape.count) }
  }

  /// The given elements in row-major order.
  ///
  /// - Precondition: as many values as the shape has elements.
  package init(_ values: [Float], shape: Shape) {
    precondition(
      values.count == shape.count, "tensor: \(values.count) values for shape \(shape)")
    self.init(shape) { pointer in
      values.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        pointer.initialize(from: base, count: source.count)
      }
    }
  }

  /// A vector of the given elements.
  package init(_ values: [Float]) { self.init(values, shape: [values.count]) }

  /// Tensors of equal rows one after another along the outermost axis.
  ///
  /// - Parameters:
  ///   - parts: each `[n, ...rowShape]`; may be empty.
  ///   - rowShape: shape of one row.
  /// - Precondition: every part has rows of that shape.
  package init(concatenatingRows parts: [Tensor], rowShape: Shape) {
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    let shape = Shape([rows] + rowShape.axes)
    self.init(uninitialized: shape)
    var offset = 0
    for part in parts {
      precondition(
        part.shape == shape.withRows(part.shape[0]),
        "concatenate: part \(part.shape) for rows of \(rowShape)")
      replace(at: offset, with: part)
      offset += part.count
    }
  }

  /// The rows with the given indices, in that order; copies.
  ///
  /// - Precondition: every index lies inside axis 0.
  package func gathered(rows indices: some Collection<Int>) -> Tensor {
    let rowCount = shape[0] == 0 ? 0 : count / shape[0]
    return Tensor(shape.withRows(indices.count)) { target in
      withUnsafeFloats { source in
        for (position, index) in indices.enumerated() {
          precondition(index >= 0 && index < shape[0], "gather: row \(index) of \(shape)")
          (target + position * rowCount).update(from: source + index * rowCount, count: rowCount)
        }
      }
    }
  }

  /// A scalar.
  package init(scalar: Float) { self.init([scalar], shape: []) }

  /// Sets every element.
  package mutating func fill(_ value: Float) {
    let count = self.count
    withUnsafeMutableFloats { $0.update(repeating: value, count: count) }
  }

  /// Overwrites the elements that start at `offset`.
  ///
  /// - Precondition: `offset + other.count <= count`.
  package mutating func replace(at offset: Int, with other: Tensor) {
    precondition(
      offset >= 0 && offset + other.count <= count,
      "replace: \(other.shape) at \(offset) of \(shape)")
    withUnsafeMutableFloats { target in
      other.withUnsafeFloats { (target + offset).update(from: $0, count: other.count) }
    }
  }

  /// The elements in row-major order.
  package var values: [Float] {
    withUnsafeFloats { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }

  /// Whether no element is infinite or NaN.
  var isFinite: Bool {
    withUnsafeFloats { UnsafeBufferPointer(start: $0, count: count).allSatisfy(\.isFinite) }
  }

  /// The element of a tensor that has one.
  package var item: Float {
    precondition(count == 1, "item: shape \(shape) has \(count) elements")
    return withUnsafeFloats { $0.pointee }
  }

  /// Whether shapes and bits agree: NaN equals itself, 0 differs from -0.
  package static func == (left: Tensor, right: Tensor) -> Bool {
    guard left.shape == right.shape else { return false }
    return withUnsafeFloats(left, right) { a, b in
      memcmp(a, b, left.count * MemoryLayout<Float>.stride) == 0
    }
  }

  /// Reads two tensors at once.
  package static func withUnsafeFloats<R>(
    _ a: Tensor, _ b: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>) throws -> R
  ) rethrows -> R {
    try a.withUnsafeFloats { pa in try b.withUnsafeFloats { pb in try body(pa, pb) } }
  }

  /// Reads three tensors at once.
  package static func withUnsafeFloats<R>(
    _ a: Tensor, _ b: Tensor, _ c: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) throws -> R
  ) rethrows -> R {
    try withUnsafeFloats(a, b) { pa, pb in try c.withUnsafeFloats { pc in try body(pa, pb, pc) } }
  }
}

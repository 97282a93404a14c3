/// Sizes of a tensor's axes, outermost first, stored inline (no heap).
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package static let maximumRank = 8

  private var sizes = SIMD8<Int32>(repeating: 1)
  /// Number of axes; 0 for a scalar.
  package let rank: Int

  /// A shape of the given sizes.
  ///
  /// - Precondition: at most `maximumRank` sizes, each in 0 ... Int32.max.
  package init(_ axes: [Int]) {
    precondition(
      axes.count <= Self.maximumRank, "shape: \(axes) has more than \(Self.maximumRank) axes")
    rank = axes.count
    for (axis, size) in axes.enumerated() {
      precondition(
        size >= 0 && size <= Int(Int32.max), "shape: \(axes), size \(size) is out of range")
      sizes[axis] = Int32(size)
    }
  }

  package init(arrayLiteral elements: Int...) { self.init(elements) }

  /// Number of elements; 1 for a scalar.
  package var count: Int {
    var product = 1
    for axis in 0..<rank { product *= Int(sizes[axis]) }
    return product
  }

  package subscript(axis: Int) -> Int {
    precondition(axis >= 0 && axis < rank, "shape: axis \(axis) of \(self)")
    return Int(sizes[axis])
  }

  package var axes: [Int] { (0..<rank).map { Int(sizes[$0]) } }

  /// The shape with its outermost size replaced.
  package func withRows(_ rows: Int) -> Shape {
    precondition(rank > 0, "shape: a scalar has no rows")
    return Shape([rows] + axes.dropFirst())
  }

  package var description: String { "\(axes)" }
}

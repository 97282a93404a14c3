/// The plan of a parameter block: names, shapes, places and first values.
package struct ParameterLayout: Sendable {
  /// One named tensor inside the block.
  package struct Entry: Sendable {
    package let name: String
    package let shape: Shape
    /// Index of its first float in the block; a multiple of 16 (one cache line).
    package let offset: Int
    package let initialiser: Initialiser
  }

  package private(set) var entries: [Entry] = []
  /// Floats in the block, gaps between entries included.
  package private(set) var blockCount = 0

  package init() {}

  /// Appends a tensor and says where it will be.
  ///
  /// - Precondition: the name is new.
  package mutating func add(
    _ name: String, _ shape: Shape, _ initialiser: Initialiser
  ) -> Entry {
    precondition(!entries.contains { $0.name == name }, "layout: \(name) is already present")
    let entry = Entry(name: name, shape: shape, offset: blockCount, initialiser: initialiser)
    entries.append(entry)
    blockCount += (shape.count + 15) & ~15
    return entry
  }

  /// Number of parameters, without gaps.
  package var parameterCount: Int { entries.reduce(0) { $0 + $1.shape.count } }
}

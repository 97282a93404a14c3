/// Finds the area that holds a point: a uniform grid over the bounding box, each cell with the
/// areas whose boxes touch it.
package struct AreaIndex: Sendable {
  private let shapes: [AreaShape]
  private let box: MapBox
  private let columns: Int
  private let rows: Int
  private let candidates: [[Int32]]

  /// - Parameters:
  ///   - shapes: areas in order; of several that hold a point the first is found.
  ///   - cellsPerArea: cells of the grid for each area; affects the speed alone.
  package init(_ shapes: [AreaShape], cellsPerArea: Int = 2) {
    self.shapes = shapes
    box = MapBox(around: shapes.lazy.flatMap { [$0.box.low, $0.box.high] })
    let cells = Double(max(1, min(shapes.count * cellsPerArea, 1 << 20)))
    let ratio = box.height > 0 && box.width > 0 ? box.width / box.height : 1
    columns = max(1, min(4096, Int((cells * ratio).squareRoot())))
    rows = max(1, min(4096, Int((cells / ratio).squareRoot())))
    var candidates = [[Int32]](repeating: [], count: columns * rows)
    for (index, shape) in shapes.enumerated() {
      let (left, right) = (
        Self.cell(shape.box.low.x - box.low.x, of: box.width, columns),
        Self.cell(shape.box.high.x - box.low.x, of: box.width, columns)
      )
      let (bottom, top) = (
        Self.cell(shape.box.low.y - box.low.y, of: box.height, rows),
        Self.cell(shape.box.high.y - box.low.y, of: box.height, rows)
      )
      for row in bottom...top {
        for column in left...right { candidates[row * columns + column].append(Int32(index)) }
      }
    }
    self.candidates = candidates
  }

  /// The first area that holds the point; nil for none.
  package func area(at point: MapPoint) -> Int? {
    guard point.x >= box.low.x, point.x <= box.high.x, point.y >= box.low.y, point.y <= box.high.y
    else { return nil }
    let column = Self.cell(point.x - box.low.x, of: box.width, columns)
    let row = Self.cell(point.y - box.low.y, of: box.height, rows)
    return candidates[row * columns + column].first { shapes[Int($0)].contains(point) }
      .map(Int.init)
  }

  /// The area nearest to the point within a distance.
  ///
  /// - Parameters:
  ///   - point: outside of all areas, or not.
  ///   - reach: in units of y.
  ///   - xScale: length of a unit of x in units of y.
  /// - Returns: nil when none is so near.
  package func nearest(to point: MapPoint, within reach: Double, xScale: Double) -> Int? {
    var best: (area: Int, distance: Double)?
    for (index, shape) in shapes.enumerated() {
      let dx = max(shape.box.low.x - point.x, point.x - shape.box.high.x, 0) * xScale
      let dy = max(shape.box.low.y - point.y, point.y - shape.box.high.y, 0)
      guard dx * dx + dy * dy <= reach * reach else { continue }
      let distance = shape.squaredDistance(to: point, xScale: xScale)
      if distance <= reach * reach, distance < best?.distance ?? .infinity {
        best = (index, distance)
      }
    }
    return best?.area
  }

  private static func cell(_ offset: Double, of extent: Double, _ count: Int) -> Int {
    guard extent > 0 else { return 0 }
    return min(count - 1, max(0, Int(offset / extent * Double(count))))
  }
}

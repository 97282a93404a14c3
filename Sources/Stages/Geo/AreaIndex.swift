/// Finds the area that holds a point: a uniform grid over the bounding box, each cell with the
/// areas whose boxes touch it.
package struct AreaIndex: Sendable {
  /// Cells that an area may touch, on average: overlapping areas get a coarser grid.
  private static let cellsTouched = 64

  private let shapes: [AreaShape]
  private let grid: Grid
  private let candidates: [[Int32]]

  /// - Parameters:
  ///   - shapes: areas in order; of several that hold a point the first is found.
  ///   - cellsPerArea: cells of the grid for each area; affects the speed alone.
  package init(_ shapes: [AreaShape], cellsPerArea: Int = 2) {
    self.shapes = shapes
    var grid = Grid(
      over: MapBox(around: shapes.lazy.flatMap { [$0.box.low, $0.box.high] }),
      cells: max(1, min(shapes.count * cellsPerArea, 1 << 20)))
    while shapes.reduce(0, { $0 + grid.count(in: $1.box) }) > Self.cellsTouched * shapes.count {
      grid.coarsen()
    }
    var candidates = [[Int32]](repeating: [], count: grid.columns * grid.rows)
    for (index, shape) in shapes.enumerated() {
      let (columns, rows) = grid.cells(in: shape.box)
      for row in rows {
        for column in columns { candidates[row * grid.columns + column].append(Int32(index)) }
      }
    }
    self.grid = grid
    self.candidates = candidates
  }

  /// The first area that holds the point; nil for none.
  package func area(at point: MapPoint) -> Int? {
    grid.cell(of: point).flatMap { cell in
      candidates[cell].first { shapes[Int($0)].contains(point) }.map(Int.init)
    }
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
}

extension AreaIndex {
  /// Equal cells over a box, about as wide as they are high.
  private struct Grid: Sendable {
    private let box: MapBox
    private(set) var columns: Int
    private(set) var rows: Int

    init(over box: MapBox, cells: Int) {
      self.box = box
      let ratio = box.height > 0 && box.width > 0 ? box.width / box.height : 1
      // Bounded before it becomes an integer: a sliver is 1e40 times as wide as it is high.
      func side(_ squared: Double) -> Int { Int(min(max(squared.squareRoot(), 1), 4096)) }
      columns = side(Double(cells) * ratio)
      rows = side(Double(cells) / ratio)
    }

    mutating func coarsen() {
      columns = (columns + 1) / 2
      rows = (rows + 1) / 2
    }

    /// The columns and rows that a part of the box touches.
    func cells(in part: MapBox) -> (columns: ClosedRange<Int>, rows: ClosedRange<Int>) {
      (column(part.low.x)...column(part.high.x), row(part.low.y)...row(part.high.y))
    }

    func count(in part: MapBox) -> Int {
      let (columns, rows) = cells(in: part)
      return columns.count * rows.count
    }

    /// The number of the cell that holds a point; nil outside of the box.
    func cell(of point: MapPoint) -> Int? {
      guard point.x >= box.low.x, point.x <= box.high.x, point.y >= box.low.y,
        point.y <= box.high.y
      else { return nil }
      return row(point.y) * columns + column(point.x)
    }

    private func column(_ x: Double) -> Int { Self.place(x - box.low.x, of: box.width, columns) }

    private func row(_ y: Double) -> Int { Self.place(y - box.low.y, of: box.height, rows) }

    private static func place(_ offset: Double, of extent: Double, _ count: Int) -> Int {
      guard extent > 0 else { return 0 }
      return min(count - 1, max(0, Int(offset / extent * Double(count))))
    }
  }
}

/// A map of areas coloured by class, with legend and scale bar.
///
/// Corners are moved to a grid of half a drawing unit, the same for neighbours, so that no gap opens
/// between them and thousands of areas stay a small file.
package struct AreaMapChart: Sendable {
  package struct Point: Sendable, Hashable {
    package let x: Double
    package let y: Double

    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  package enum Style: Sendable, Hashable {
    /// A place on the scale from dark (0) to light (1).
    case sequential(Double)
    /// One of the hues that tell categories apart.
    case series(Int)
    /// The tone of what has a value and no class of interest.
    case neutral
    /// The tone of what has no value.
    case empty
  }

  package struct Category: Sendable, Hashable {
    package let label: String
    package let style: Style

    package init(_ label: String, _ style: Style) {
      self.label = label
      self.style = style
    }
  }

  package var title: String
  package var subtitle = ""
  /// What the classes are of, above the legend.
  package var legend = ""
  /// Closed rings of each area, y upwards, on a plane where a unit is as long along x as along y.
  package var areas: [[[Point]]]
  package var categories: [Category]
  /// The class of each area; nil for none.
  package var members: [Int?]
  /// Length in the plane, and its name ("20 km").
  package var scaleBar: (length: Double, label: String)?

  /// - Precondition: one member for each area.
  package init(title: String, areas: [[[Point]]], categories: [Category], members: [Int?]) {
    precondition(
      areas.count == members.count, "map: \(areas.count) areas, \(members.count) members")
    self.title = title
    self.areas = areas
    self.categories = categories
    self.members = members
  }

  private static let width = 800.0
  private static let mapWidth = 560.0
  private static let mapHeight = 600.0
  private static let left = 20.0
  private static let top = 72.0
  /// Grid steps in a drawing unit.
  private static let steps = 2.0

  /// Canonical SVG text, 800 units wide.
  package var svg: String {
    let corners = areas.lazy.flatMap { $0.lazy.flatMap(\.self) }
    let (west, east) = (corners.map(\.x).min() ?? 0, corners.map(\.x).max() ?? 1)
    let (south, north) = (corners.map(\.y).min() ?? 0, corners.map(\.y).max() ?? 1)
    let scale = min(
      Self.mapWidth / max(east - west, 1e-12), Self.mapHeight / max(north - south, 1e-12))
    let legendHeight = Double(categories.count + 1) * 24 + 90
    let mapHeight = max((north - south) * scale, legendHeight)
    var document = SVGDocument(
      width: Self.width, height: Self.top + mapHeight + 24, title: title)
    document.text(title, x: 20, y: 30, size: 17, isBold: true)
    if !subtitle.isEmpty { document.text(subtitle, x: 20, y: 50, class: "muted") }
    for (index, category) in drawn {
      let rings = areas.indices.filter { members[$0] == index }.flatMap { area in
        areas[area].compactMap { ring in
          Self.simplified(
            ring.map {
              GridPoint(
                x: Int((($0.x - west) * scale * Self.steps).rounded()),
                y: Int(((north - $0.y) * scale * Self.steps).rounded()))
            })
        }
      }
      document.areas(
        rings.map { $0.map { ($0.x, $0.y) } }, x: Self.left, y: Self.top, scale: 1 / Self.steps,
        class: Self.className(category.style), fill: Self.fill(category.style))
    }
    drawLegend(in: &document)
    if let scaleBar {
      drawScale(scaleBar.label, length: scaleBar.length * scale, in: &document, mapHeight)
    }
    return document.text
  }

  /// Areas without a class first.
  private var drawn: [(Int?, Category)] {
    [(nil, Category("no value", .empty))] + categories.enumerated().map { ($0, $1) }
  }

  private struct GridPoint: Hashable {
    let x: Int
    let y: Int
  }

  /// Without corners that the grid makes equal, and without those on a straight line; nil for an
  /// area that vanishes.
  private static func simplified(_ ring: [GridPoint]) -> [GridPoint]? {
    var points: [GridPoint] = []
    for point in ring where point != points.last {
      if points.count >= 2 {
        let (a, b) = (points[points.count - 2], points[points.count - 1])
        let cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
        let along = (b.x - a.x) * (point.x - b.x) + (b.y - a.y) * (point.y - b.y)
        if cross == 0, along >= 0 { points.removeLast() }
      }
      points.append(point)
    }
    if points.count > 1, points.first == points.last { points.removeLast() }
    return points.count >= 3 ? points : nil
  }

  private func drawLegend(in document: inout SVGDocument) {
    let x = Self.left + Self.mapWidth + 20
    var y = Self.top + 12
    if !legend.isEmpty {
      document.text(legend, x: x, y: y, class: "muted")
      y += 14
    }
    let counted = drawn.map { index, category in
      (category, members.count { $0 == index })
    }
    for (category, count) in counted.dropFirst() + counted.prefix(1) where count > 0 {
      document.rect(
        x: x, y: y, width: 18, height: 16, class: Self.className(category.style),
        fill: Self.fill(category.style), radius: 2)
      document.text("\(category.label)  (\(count))", x: x + 26, y: y + 12, size: 11)
      y += 24
    }
  }

  private func drawScale(
    _ label: String, length: Double, in document: inout SVGDocument, _ mapHeight: Double
  ) {
    let x = Self.left + Self.mapWidth + 20
    let y = Self.top + mapHeight - 8
    document.line((x, y), (x + length, y), class: "axis")
    document.line((x, y - 4), (x, y + 4), class: "axis")
    document.line((x + length, y - 4), (x + length, y + 4), class: "axis")
    document.text(label, x: x, y: y - 9, class: "muted", size: 11)
  }

  private static func className(_ style: Style) -> String {
    switch style {
    case .series(let index): "f\(index % Palette.series.count)"
    case .sequential, .neutral, .empty: "empty"
    }
  }

  private static func fill(_ style: Style) -> String? {
    switch style {
    case .sequential(let share): Palette.hexadecimal(Palette.sequential(share))
    // Apart from the ground and from the tone of no value, on light and on dark.
    case .neutral: "#a9b2bc"
    case .series, .empty: nil
    }
  }
}

import Foundation

/// A place in the plane: degrees of longitude and latitude, or units of a drawn world.
package struct MapPoint: Sendable, Hashable {
  package let x: Double
  package let y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// An upright rectangle.
package struct MapBox: Sendable, Hashable {
  package let low: MapPoint
  package let high: MapPoint

  /// Around points; empty at the origin for none.
  package init(around points: some Sequence<MapPoint>) {
    var (left, bottom, right, top) = (
      Double.infinity, Double.infinity, -Double.infinity, -Double.infinity
    )
    for point in points {
      left = min(left, point.x)
      right = max(right, point.x)
      bottom = min(bottom, point.y)
      top = max(top, point.y)
    }
    let isEmpty = left > right
    low = isEmpty ? MapPoint(0, 0) : MapPoint(left, bottom)
    high = isEmpty ? MapPoint(0, 0) : MapPoint(right, top)
  }

  package var width: Double { high.x - low.x }
  package var height: Double { high.y - low.y }

  /// Whether the two share a point.
  func meets(_ other: MapBox) -> Bool {
    low.x <= other.high.x && other.low.x <= high.x && low.y <= other.high.y
      && other.low.y <= high.y
  }
}

/// An area as closed rings: outlines and holes of one or several polygons.
package struct AreaShape: Sendable, Hashable {
  /// Polygons, each an outline and its holes.
  package let polygons: [[[MapPoint]]]
  /// All rings; each starts and ends at the same point.
  package let rings: [[MapPoint]]
  package let box: MapBox

  /// - Precondition: every ring is closed and has at least 4 points.
  package init(polygons: [[[MapPoint]]]) {
    rings = polygons.flatMap(\.self)
    precondition(
      rings.allSatisfy { $0.count >= 4 && $0.first == $0.last }, "area: a ring is not closed")
    self.polygons = polygons
    box = MapBox(around: rings.joined())
  }

  /// Whether the point is inside: even-odd ray casting with the half-open rule
  /// `(y_i > y) != (y_j > y)`, so that of areas that share an edge exactly one holds a point on it,
  /// but for the rounding of the crossing.
  package func contains(_ point: MapPoint) -> Bool {
    guard point.x >= box.low.x, point.x <= box.high.x, point.y >= box.low.y, point.y <= box.high.y
    else { return false }
    var isInside = false
    for ring in rings {
      var before = ring[0]
      for corner in ring.dropFirst() {
        if (corner.y > point.y) != (before.y > point.y) {
          let share = (point.y - corner.y) / (before.y - corner.y)
          if point.x < corner.x + share * (before.x - corner.x) { isInside.toggle() }
        }
        before = corner
      }
    }
    return isInside
  }

  /// The centre of mass of the outlines less the holes; the middle of the box for an area of none.
  package var centroid: MapPoint {
    var (area, x, y) = (0.0, 0.0, 0.0)
    // Relative to a corner: far from the origin the products would lose their digits.
    let origin = box.low
    for ring in rings {
      for (from, to) in zip(ring, ring.dropFirst()) {
        let (x0, y0) = (from.x - origin.x, from.y - origin.y)
        let (x1, y1) = (to.x - origin.x, to.y - origin.y)
        let cross = x0 * y1 - x1 * y0
        area += cross / 2
        x += (x0 + x1) * cross / 6
        y += (y0 + y1) * cross / 6
      }
    }
    guard area != 0 else {
      return MapPoint((box.low.x + box.high.x) / 2, (box.low.y + box.high.y) / 2)
    }
    return MapPoint(origin.x + x / area, origin.y + y / area)
  }

  /// The square of the distance to the nearest edge, on a plane where x is scaled.
  package func squaredDistance(to point: MapPoint, xScale: Double) -> Double {
    var least = Double.infinity
    for ring in rings {
      for (from, to) in zip(ring, ring.dropFirst()) {
        let (px, py) = ((point.x - from.x) * xScale, point.y - from.y)
        let (dx, dy) = ((to.x - from.x) * xScale, to.y - from.y)
        let length = dx * dx + dy * dy
        let along = length > 0 ? min(max((px * dx + py * dy) / length, 0), 1) : 0
        let (ex, ey) = (px - along * dx, py - along * dy)
        least = min(least, ex * ex + ey * ey)
      }
    }
    return least
  }
}

import Compute
import Foundation
import Pipeline

/// Which areas count as neighbours.
package enum Contiguity: String, CaseIterable, Sendable {
  /// They share a corner.
  case queen
  /// They share an edge.
  case rook
  /// One is among the k nearest of the other, between centroids.
  case knn

  /// The neighbours among areas.
  ///
  /// - Parameters:
  ///   - shapes: the areas.
  ///   - snap: corners closer than this are the same; they are rounded to its multiples.
  ///   - k: neighbours for `knn`. We choose the symmetric relation: either is near the other.
  ///   - xScale: length of a unit of x in units of y, for `knn`.
  /// - Returns: for each area its neighbours, ascending.
  /// - Throws: ``StageFailure`` where so many areas share corners that the pairs of neighbours
  ///   would not fit into memory.
  package func neighbours(
    of shapes: [AreaShape], snap: Double, k: Int, xScale: Double
  ) throws -> [[Int]] {
    switch self {
    case .queen: try Self.sharing(shapes) { ring in ring.map { Corner($0, snap: snap) } }
    case .rook:
      try Self.sharing(shapes) { ring in
        let corners = ring.map { Corner($0, snap: snap) }
        return zip(corners, corners.dropFirst()).filter { $0 != $1 }.map(Edge.init)
      }
    case .knn: Self.nearest(shapes.map(\.centroid), k: k, xScale: xScale)
    }
  }

  private struct Corner: Hashable {
    let x: Int
    let y: Int

    init(_ point: MapPoint, snap: Double) {
      // Coordinates are bounded and the snap is not tiny, so the quotients fit.
      x = Int((point.x / snap).rounded())
      y = Int((point.y / snap).rounded())
    }
  }

  private struct Edge: Hashable {
    let first: Corner
    let second: Corner

    /// In either direction the same.
    init(_ from: Corner, _ to: Corner) {
      let isOrdered = (from.x, from.y) < (to.x, to.y)
      (first, second) = isOrdered ? (from, to) : (to, from)
    }
  }

  /// Links that are kept: 200,000 areas that tile the plane have about 2 million.
  private static let linkLimit = 10_000_000

  /// Areas that have one of these parts in common.
  private static func sharing<Part: Hashable>(
    _ shapes: [AreaShape], parts: ([MapPoint]) -> [Part]
  ) throws -> [[Int]] {
    var owners: [Part: [Int]] = [:]
    for (area, shape) in shapes.enumerated() {
      for ring in shape.rings {
        for part in parts(ring) where owners[part]?.last != area {
          owners[part, default: []].append(area)
        }
      }
    }
    // A border of many corners has the same owners at each.
    let groups = Set(owners.values.filter { $0.count > 1 })
    let links = groups.reduce(0) { $0 + $1.count * ($1.count - 1) }
    guard links <= linkLimit else {
      let most = groups.map(\.count).max() ?? 0
      throw StageFailure(
        at: "parameter weights",
        "areas that touch would have \(links) links; up to \(most) areas touch at one place",
        why: "at most \(linkLimit) links are kept",
        fix: "write a smaller snap, write weights: knn, or repair the outlines")
    }
    var sets = [Set<Int>](repeating: [], count: shapes.count)
    for areas in groups {
      for area in areas { sets[area].formUnion(areas) }
    }
    return sets.enumerated().map { area, set in set.subtracting([area]).sorted() }
  }

  private static func nearest(_ points: [MapPoint], k: Int, xScale: Double) -> [[Int]] {
    var sets = [Set<Int>](repeating: [], count: points.count)
    for (index, point) in points.enumerated() {
      let distances = points.enumerated().compactMap { other, place -> (Double, Int)? in
        if other == index { return nil }
        let (dx, dy) = ((place.x - point.x) * xScale, place.y - point.y)
        return (dx * dx + dy * dy, other)
      }
      for (_, other) in distances.sorted(by: <).prefix(k) {
        sets[index].insert(other)
        sets[other].insert(index)
      }
    }
    return sets.map { $0.sorted() }
  }
}

import Foundation

/// How well one heat map finds one mask.
///
/// The map is scaled to 0...1 first; one that is constant or has a NaN counts as all 0. Ties take
/// the first place in reading order. All sums are in float64.
package struct Localisation: Sendable, Equatable {
  /// Whether the map's largest place lies in the mask, and within a distance of it.
  package let isHit: Bool
  package let isNearHit: Bool
  /// Share of the map's sum inside the mask; 0 for an empty map.
  package let energy: Double
  /// Intersection over union of the mask and what exceeds the map's mean, and one half.
  package let meanIoU: Double
  package let halfIoU: Double
  /// Share of pixels right when what exceeds the mean is taken for the mask.
  package let meanAccuracy: Double
  package let halfAccuracy: Double
  /// Area under precision by recall, places ranked by the map.
  package let averagePrecision: Double
  /// Whether the map was constant or not a number.
  package let isFlat: Bool

  /// Compares a map with a mask.
  ///
  /// - Parameters:
  ///   - map: `rows * columns` values.
  ///   - mask: which of them belong to the target, at least one.
  ///   - columns: of both.
  ///   - tolerance: distance of a near hit, in places, along rows and columns.
  package init(map: [Float], mask: [Bool], columns: Int, tolerance: Int) {
    precondition(
      map.count == mask.count && columns >= 1 && map.count % columns == 0 && mask.contains(true),
      "localisation: \(map.count) values, a mask of \(mask.count), rows of \(columns)")
    let (values, isFlat) = Self.normalised(map)
    self.isFlat = isFlat
    let top = values.indices.max {
      values[$0] < values[$1] || ($0 > $1 && values[$0] == values[$1])
    }
    let place = top ?? 0
    isHit = mask[place]
    let (row, column) = (place / columns, place % columns)
    isNearHit = mask.indices.contains {
      mask[$0] && abs($0 / columns - row) <= tolerance && abs($0 % columns - column) <= tolerance
    }
    let total = values.reduce(0, +)
    let inside = values.indices.reduce(0) { $0 + (mask[$1] ? values[$1] : 0) }
    energy = total > 0 ? inside / total : 0
    (meanIoU, meanAccuracy) = Self.overlap(values, mask, above: total / Double(values.count))
    (halfIoU, halfAccuracy) = Self.overlap(values, mask, above: 0.5)
    averagePrecision = Self.averagePrecision(values, mask)
  }

  /// Values from 0 to 1; all 0 for a map without differences or with a NaN.
  package static func normalised(_ map: [Float]) -> (values: [Double], isFlat: Bool) {
    guard let low = map.min(), let high = map.max(), high > low, map.allSatisfy(\.isFinite) else {
      return ([Double](repeating: 0, count: map.count), true)
    }
    let (base, range) = (Double(low), Double(high) - Double(low))
    return (map.map { (Double($0) - base) / range }, false)
  }

  private static func overlap(
    _ values: [Double], _ mask: [Bool], above threshold: Double
  ) -> (iou: Double, accuracy: Double) {
    var (both, either, right) = (0, 0, 0)
    for (value, isTarget) in zip(values, mask) {
      let isFound = value > threshold
      both += isFound && isTarget ? 1 : 0
      either += isFound || isTarget ? 1 : 0
      right += isFound == isTarget ? 1 : 0
    }
    return (Double(both) / Double(max(1, either)), Double(right) / Double(mask.count))
  }

  /// The mean over the mask's places of the precision where they come, largest values first.
  private static func averagePrecision(_ values: [Double], _ mask: [Bool]) -> Double {
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    var (hits, area) = (0, 0.0)
    for (place, index) in order.enumerated() where mask[index] {
      hits += 1
      area += Double(hits) / Double(place + 1)
    }
    return area / Double(hits)
  }
}

/// The order in which a map's places are taken: largest first, equal ones in reading order.
package func descendingOrder(_ map: [Float]) -> [Int] {
  let values = Localisation.normalised(map).values
  return values.indices.sorted { values[$0] > values[$1] || (values[$0] == values[$1] && $0 < $1) }
}

/// Area under points at equal distances, by trapezoids, over the length 1.
///
/// - Parameter points: at least two.
/// - Returns: `sum_i (p_i + p_i+1) / 2 / (n - 1)`.
package func areaUnderCurve(_ points: [Double]) -> Double {
  precondition(points.count >= 2, "area under \(points.count) points")
  return zip(points, points.dropFirst()).reduce(0) { $0 + ($1.0 + $1.1) / 2 }
    / Double(points.count - 1)
}

/// How few places hold a map.
///
/// - Parameters:
///   - map: values, negative ones counting as 0.
///   - share: of the sum.
/// - Returns: the smallest share of places whose values make up `share` of the sum, and the entropy
///   of the values over its largest, ln n; 1 and 1 for a map without sum.
package func sparsity(of map: [Float], share: Double = 0.9) -> (places: Double, entropy: Double) {
  let values = map.map { max(0, Double($0)) }
  let total = values.reduce(0, +)
  guard total > 0, total.isFinite, map.count > 1 else { return (1, 1) }
  var (sum, count) = (0.0, 0)
  for value in values.sorted(by: >) where sum < share * total * (1 - 1e-12) {
    sum += value
    count += 1
  }
  let entropy = values.reduce(0.0) { $1 > 0 ? $0 - $1 / total * log($1 / total) : $0 }
  return (Double(count) / Double(map.count), entropy / log(Double(map.count)))
}

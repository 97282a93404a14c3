import Foundation
import Pipeline

/// Reads polygons with names from GeoJSON (RFC 7946), with limits first: at most 64 MiB, 200,000
/// features and 5,000,000 positions, nested at most 16 deep.
package struct GeoJSONReader {
  static let byteLimit = 64 << 20
  static let featureLimit = 200_000
  static let positionLimit = 5_000_000

  /// One feature.
  package struct Area {
    package let id: String
    package let shape: AreaShape
    /// The properties that are numbers.
    package let numbers: [String: Double]
  }

  /// As messages name it.
  private let file: String
  /// The property that names an area; nil for the feature's own member `id`.
  private let key: String?

  package init(file: String, key: String?) {
    self.file = file
    self.key = key
  }

  /// All features of a document.
  ///
  /// - Throws: ``StageFailure`` naming the file, feature, ring and value at fault.
  package func read(_ bytes: [UInt8]) throws -> [Area] { try areas(of: document(bytes)) }

  /// For each numeric property of any area, the numbers of all areas.
  static func attributes(of areas: [Area]) -> [String: [Double?]] {
    let names = areas.reduce(into: Set<String>()) { $0.formUnion($1.numbers.keys) }
    return names.reduce(into: [:]) { columns, name in
      columns[name] = areas.map { $0.numbers[name] }
    }
  }

  func document(_ bytes: [UInt8]) throws -> Value {
    guard bytes.count <= Self.byteLimit else {
      throw failure(
        "the file has \(bytes.count) bytes", "files of more than \(Self.byteLimit) are not read",
        "simplify the polygons, or cut the map to the region of interest")
    }
    do {
      return try Value(json: Data(bytes), maxDepth: 16)
    } catch {
      throw failure("byte \(error.offset): \(error.what)", "GeoJSON is JSON", "mend the file")
    }
  }

  func areas(of collection: Value) throws -> [Area] {
    guard collection["type"]?.text == "FeatureCollection",
      let features = collection["features"]?.items
    else {
      throw failure(
        "this is no FeatureCollection", "a map is a list of features with polygons",
        "export the layer as GeoJSON")
    }
    guard !features.isEmpty, features.count <= Self.featureLimit else {
      throw failure(
        "there are \(features.count) features", "1 to \(Self.featureLimit) are read",
        "cut the map to the region of interest")
    }
    var positionCount = 0
    var seen: [String: Int] = [:]
    return try features.enumerated().map { index, feature in
      let id = try name(of: feature, at: index)
      if let earlier = seen.updateValue(index, forKey: id) {
        throw failure(
          "feature \(index): \(keyName) '\(id)' is that of feature \(earlier)",
          "every area has a name of its own", "merge the two, or rename one")
      }
      let polygons = try polygons(of: feature, at: "feature \(index) (\(id))")
      positionCount += polygons.joined().reduce(0) { $0 + $1.count }
      guard positionCount <= Self.positionLimit else {
        throw failure(
          "feature \(index): more than \(Self.positionLimit) positions",
          "so many are not read", "simplify the polygons")
      }
      return Area(
        id: id, shape: AreaShape(polygons: polygons), numbers: numbers(of: feature))
    }
  }

  private var keyName: String { key ?? "id" }

  private func name(of feature: Value, at index: Int) throws -> String {
    let written = if let key { feature["properties"]?[key] } else { feature["id"] }
    switch written {
    case .string(let id)? where !id.isEmpty: return id
    case .int(let number)?:
      throw failure(
        "feature \(index): \(keyName) is the number \(number)",
        "codes of tracts start with zeros, which numbers lose", "write it in quotes")
    case let other:
      throw failure(
        "feature \(index): \(keyName) is \(other?.typeName ?? "missing")",
        "areas are joined by this property", "name the property that holds the code")
    }
  }

  private func numbers(of feature: Value) -> [String: Double] {
    guard case .map(let properties)? = feature["properties"] else { return [:] }
    return properties.compactMapValues(number)
  }

  private func number(_ value: Value) -> Double? {
    switch value {
    case .int(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  private func polygons(of feature: Value, at place: String) throws -> [[[MapPoint]]] {
    let geometry = feature["geometry"]
    let coordinates = geometry?["coordinates"]?.items ?? []
    let type = geometry?["type"]?.text
    guard type == "Polygon" || type == "MultiPolygon" else {
      throw failure(
        "\(place): the geometry is \(type.map { "a \($0)" } ?? "missing")",
        "an area is a Polygon or a MultiPolygon", "drop the feature or give it an outline")
    }
    let polygons = type == "Polygon" ? [coordinates] : coordinates.map { $0.items ?? [] }
    guard !polygons.isEmpty, polygons.allSatisfy({ !$0.isEmpty }) else {
      throw failure(
        "\(place): a polygon has no ring", "the first ring of a polygon is its outline",
        "drop the feature or give it an outline")
    }
    var count = 0
    return try polygons.map { rings in
      try rings.map { ring in
        count += 1
        return try self.ring(ring, at: "\(place), ring \(count - 1)")
      }
    }
  }

  private func ring(_ value: Value, at place: String) throws -> [MapPoint] {
    let positions = value.items ?? []
    guard positions.count >= 4 else {
      throw failure(
        "\(place): it has \(positions.count) positions",
        "a ring has at least 4, the last equal to the first", "drop or repair the polygon")
    }
    let points = try positions.enumerated().map { index, position in
      let numbers = (position.items ?? []).map(number)
      guard numbers.count >= 2, let x = numbers[0], let y = numbers[1], abs(x) <= 180,
        abs(y) <= 90
      else {
        throw failure(
          "\(place), position \(index): \(position.canonicalJSON.prefix(60))",
          "a position is [longitude, latitude] within 180 and 90 degrees",
          "project the map to WGS84 degrees (EPSG:4326)")
      }
      return MapPoint(x, y)
    }
    guard points.first == points.last else {
      throw failure(
        "\(place): it ends at [\(points[points.count - 1].x), \(points[points.count - 1].y)]"
          + " and starts at [\(points[0].x), \(points[0].y)]",
        "a ring is closed: its last position repeats the first", "repair the polygon")
    }
    return points
  }

  private func failure(_ what: String, _ why: String, _ fix: String) -> StageFailure {
    StageFailure(at: file, what, why: why, fix: fix)
  }
}

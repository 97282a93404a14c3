import Foundation
import Pipeline

/// Areas with names and numbers: census tracts, or the cells of a drawn world. The form of every
/// `json` artifact that holds a map.
///
/// The file is GeoJSON (RFC 7946): each feature has its name as its member `id`, beside the
/// properties, which are its numbers and may be called anything; `name`, `hash` and `unit` of the
/// whole map stand beside `features`.
package struct AreaMap: Sendable {
  /// What the coordinates are.
  package enum Unit: String, Sendable {
    /// Longitude and latitude, WGS84.
    case degrees
    /// Cells of a drawn world.
    case cells
  }

  /// As tables show it.
  package let name: String
  /// SHA-256 over what the map was made of.
  package let hash: String
  package let unit: Unit
  package let ids: [String]
  package let shapes: [AreaShape]
  /// One number for each area and name; nil where it is not known.
  package var attributes: [String: [Double?]]

  /// - Precondition: as many shapes, and numbers of each attribute, as names.
  package init(
    name: String, hash: String, unit: Unit, ids: [String], shapes: [AreaShape],
    attributes: [String: [Double?]]
  ) {
    precondition(
      shapes.count == ids.count && attributes.values.allSatisfy { $0.count == ids.count },
      "map: \(ids.count) names, \(shapes.count) shapes")
    self.name = name
    self.hash = hash
    self.unit = unit
    self.ids = ids
    self.shapes = shapes
    self.attributes = attributes
  }

  package var count: Int { ids.count }

  /// Values of ``ResultColumns/dataset``.
  var cells: [Value] { ResultColumns.dataset(name, hash: hash) }

  /// Length of a unit of x in units of y: the cosine of the middle latitude, 1 for cells.
  package var xScale: Double {
    guard unit == .degrees else { return 1 }
    let box = MapBox(around: shapes.lazy.flatMap { [$0.box.low, $0.box.high] })
    return cos((box.low.y + box.high.y) / 2 * .pi / 180)
  }

  /// Metres in a unit of y; nil for cells.
  package var metresPerUnit: Double? { unit == .degrees ? 111_320 : nil }

  /// The numbers of an attribute.
  ///
  /// - Throws: ``StageFailure`` when the map does not have it.
  package func numbers(_ attribute: String) throws -> [Double?] {
    guard let numbers = attributes[attribute] else {
      let known = attributes.keys.sorted()
      let nearest = nearestName(to: attribute, in: known)
      throw StageFailure(
        at: "map \(name)", "the areas have no column '\(attribute)'",
        why: "they have: " + known.joined(separator: ", "),
        fix: nearest.map { "did you mean '\($0)'?" } ?? "name another column")
    }
    return numbers
  }

  /// Canonical bytes.
  package var data: Data {
    let features = ids.indices.map { index -> Value in
      let properties = attributes.mapValues { numbers -> Value in
        numbers[index].map { .double($0) } ?? .null
      }
      let polygons = shapes[index].polygons.map { polygon in
        Value.list(
          polygon.map { ring in .list(ring.map { .list([.double($0.x), .double($0.y)]) }) })
      }
      let isSingle = polygons.count == 1
      return .map([
        "type": .string("Feature"), "id": .string(ids[index]), "properties": .map(properties),
        "geometry": .map([
          "type": .string(isSingle ? "Polygon" : "MultiPolygon"),
          "coordinates": isSingle ? polygons[0] : .list(polygons),
        ]),
      ])
    }
    let collection = Value.map([
      "type": .string("FeatureCollection"), "name": .string(name), "hash": .string(hash),
      "unit": .string(unit.rawValue), "features": .list(features),
    ])
    return Data(collection.canonicalJSON.utf8)
  }

  /// Reads what ``data`` wrote.
  ///
  /// - Throws: ``StageFailure`` for a file of another form.
  package init(reading url: URL) throws {
    let file = url.lastPathComponent
    let reader = GeoJSONReader(file: file, key: nil)
    let collection = try reader.document([UInt8](Data(contentsOf: url)))
    guard let name = collection["name"]?.text, let hash = collection["hash"]?.text,
      let unit = collection["unit"]?.text.flatMap(Unit.init)
    else {
      throw StageFailure(
        at: file, "the file does not say what it is a map of",
        why: "a map of this program has a name, a hash and a unit",
        fix: "use the output of geo.tracts or crash.synth as this input")
    }
    let areas = try reader.areas(of: collection)
    self.init(
      name: name, hash: hash, unit: unit, ids: areas.map(\.id), shapes: areas.map(\.shape),
      attributes: GeoJSONReader.attributes(of: areas))
  }
}

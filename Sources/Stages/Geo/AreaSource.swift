import Foundation
import Pipeline

/// Builds a map from a file of outlines and a table of numbers that share a key.
package struct AreaSource: Sendable {
  /// The property and the column that name an area.
  package var key = "geoid"
  /// Attribute of the map, and the column of the table that it comes from.
  package var columns = AreaSource.laColumns
  /// Attribute, and the least value of areas that stay. Unknown values are below every number.
  package var keep: [String: Double] = [:]

  package init() {}

  /// What the tracts of Los Angeles County bring.
  package static let laColumns = [
    "income": "median_income", "population": "acs_universe", "white": "p_white_nh",
    "land": "aland_m2", "traffic": "traffic", "poverty": "poverty_rate",
  ]

  /// Tracts that people live in, with what the crash equations need.
  package static let settledTracts = ["land": 1.0, "population": 301, "income": 1]

  /// At most this share of the table's rows may be without an outline.
  static let unmatchedLimit = 0.01

  /// The map of two files; the second may be left out.
  ///
  /// Beside the columns that were asked for an area has `minority = 1 - white` and
  /// `density = population / (land / 10^6)`, where their parts are known.
  ///
  /// - Parameter files: outlines (GeoJSON), then numbers (CSV).
  /// - Returns: the areas that stay, in the order of the outlines; their names sort the same way on
  ///   every machine.
  /// - Throws: ``StageFailure`` naming the file, feature or line at fault.
  package func map(of files: [HashedFile]) throws -> AreaMap {
    let outlines = files[0]
    let reader = GeoJSONReader(file: outlines.url.lastPathComponent, key: key)
    let areas = try reader.read([UInt8](Data(contentsOf: outlines.url)))
    var attributes = GeoJSONReader.attributes(of: areas)
    if files.count > 1 {
      let numbers = try numbers(of: files[1].url, ids: areas.map(\.id))
      attributes.merge(numbers) { _, fromTable in fromTable }
    }
    derive(&attributes)
    for name in keep.keys.sorted() where attributes[name] == nil {
      throw StageFailure(
        at: "parameter keep", "the areas have no column '\(name)'",
        why: "they have: " + attributes.keys.sorted().joined(separator: ", "),
        fix: "name one of these")
    }
    let kept = areas.indices.filter { area in
      keep.allSatisfy { name, least in
        (attributes[name]?[area]).flatMap { $0 }.map { $0 >= least } ?? false
      }
    }
    let identity = Self.identity(of: files)
    return AreaMap(
      name: identity.name, hash: identity.hash, unit: .degrees, ids: kept.map { areas[$0].id },
      shapes: kept.map { areas[$0].shape },
      attributes: attributes.mapValues { column in kept.map { column[$0] } })
  }

  /// The plain name stands for the bytes of the catalogue; every other copy carries its hash.
  private static func identity(of files: [HashedFile]) -> (name: String, hash: String) {
    let hash = SHA256.hex(of: files.map(\.hash).joined(separator: " "))
    let isOfficial = files.map(\.hash) == Assets.laTracts.files.map(\.sha256)
    let stem = files[0].url.deletingPathExtension().lastPathComponent
    return (isOfficial ? Assets.laTracts.name : "\(stem) (copy \(hash.prefix(8)))", hash)
  }

  private func numbers(of url: URL, ids: [String]) throws -> [String: [Double?]] {
    let names = columns.keys.sorted()
    let wanted = [key] + Set(names.compactMap { columns[$0] }).sorted()
    let table = try CSVFile(reading: url, columns: wanted)
    let keys = table.texts(key)
    var row: [String: Int] = [:]
    for (index, id) in keys.enumerated() {
      if let earlier = row.updateValue(index, forKey: id) {
        throw StageFailure(
          at: "\(table.name):\(table.lines[index])",
          "\(key) '\(id)' is that of line \(table.lines[earlier])",
          why: "every area has one row", fix: "drop one of the two")
      }
    }
    try check(keys, lines: table.lines, against: Set(ids), table: table.name)
    return try names.reduce(into: [:]) { attributes, name in
      let column = try table.numbers(columns[name] ?? name)
      attributes[name] = ids.map { id in row[id].flatMap { column[$0] } }
    }
  }

  private func check(
    _ keys: [String], lines: [Int], against ids: Set<String>, table: String
  ) throws {
    let missing = keys.indices.filter { !ids.contains(keys[$0]) }
    guard let first = missing.first,
      Double(missing.count) > Self.unmatchedLimit * Double(keys.count)
    else { return }
    if ids.contains("0" + keys[first]) {
      throw StageFailure(
        at: "\(table):\(lines[first])", "\(key) is '\(keys[first])', its area is '0\(keys[first])'",
        why: "the leading 0 was lost when the code was read as a number",
        fix: "write the code as text, with all its digits")
    }
    throw StageFailure(
      at: "\(table):\(lines[first])",
      "\(key) '\(keys[first])' has no outline, nor have \(missing.count - 1) more of"
        + " \(keys.count) rows",
      why: "at most 1 % of the rows may be without one",
      fix: "use outlines and numbers of the same vintage")
  }

  private func derive(_ attributes: inout [String: [Double?]]) {
    if let white = attributes["white"] {
      // A difference of shares with four digits has no more than these.
      attributes["minority"] = white.map { $0.map { (10_000 * (1 - $0)).rounded() / 10_000 } }
    }
    if let population = attributes["population"], let land = attributes["land"] {
      attributes["density"] = zip(population, land).map { population, land in
        guard let population, let land, land > 0 else { return nil }
        return population / (land / 1e6)
      }
    }
  }
}

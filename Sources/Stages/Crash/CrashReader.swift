import Compute
import Foundation
import Pipeline

/// Crashes read from a file by a schema.
struct CrashReader {
  enum Missing: String, CaseIterable, Sendable {
    case drop_row, impute_median, error
  }

  let schema: CrashSchema
  let onMissing: Missing
  private let file: CSVFile

  init(reading url: URL, schema: CrashSchema, onMissing: Missing) throws {
    let wanted =
      schema.id + [schema.longitude, schema.latitude, schema.treatment.column]
      + [schema.outcome.column] + schema.filter.keys.sorted() + schema.fields.map(\.column)
    var seen: Set<String> = []
    file = try CSVFile(reading: url, columns: wanted.filter { seen.insert($0).inserted })
    self.schema = schema
    self.onMissing = onMissing
  }

  /// Rows that the filter takes.
  private var rows: [Int] {
    let filters = schema.filter.map { (texts: file.texts($0.key), allowed: $0.value) }
    return (0..<file.count).filter { row in
      filters.allSatisfy { $0.allowed.contains($0.texts[row]) }
    }
  }

  /// A crash that the filter takes.
  struct Place {
    let id: String
    /// nil where it is not known.
    let point: MapPoint?
    /// Its number among the units of the data set; nil when it is not one of them.
    let unit: Int?
  }

  /// What was read, and what was left out of the data set.
  struct Content {
    var places: [Place] = []
    var units: [(t: UInt8, y: Double, x: [Double], row: Int)] = []
    var untreatable = 0
    var dropped = 0
    /// Missing values by field.
    var missing: [(name: String, count: Int)] = []
    var imputed = 0
  }

  var columns: [CausalData.ColumnInfo] {
    schema.fields.map { CausalData.ColumnInfo($0.name, $0.role) }
  }

  /// - Throws: ``StageFailure`` naming the file, line, column and value at fault.
  func content() throws -> Content {
    var content = Content()
    let rows = rows
    let treatments = try rows.map(treatment)
    let treatable = rows.indices.filter { treatments[$0] != nil }.map { rows[$0] }
    let outcomes = try outcomes(treatable)
    let fields = try schema.fields.map { try numbers($0, treatable) }
    let medians = fields.map { Summary.median($0.compactMap(\.self)) }
    let points = try points(rows)
    let ids = schema.id.map(file.texts)
    content.missing = zip(schema.fields, fields).map { field, numbers in
      (field.name, numbers.count { $0 == nil })
    }.filter { $0.1 > 0 }
    // The place of a row among the treatable ones.
    var treatableSoFar = 0
    for (place, row) in rows.enumerated() {
      var unit: Int?
      if let t = treatments[place] {
        let at = treatableSoFar
        treatableSoFar += 1
        if let complete = try complete(
          at, row, outcomes[at], fields, medians, imputed: &content.imputed)
        {
          unit = content.units.count
          content.units.append((t, complete.y, complete.x, row))
        } else {
          content.dropped += 1
        }
      } else {
        content.untreatable += 1
      }
      content.places.append(
        Place(id: ids.map { $0[row] }.joined(separator: "/"), point: points[place], unit: unit))
    }
    return content
  }

  private func treatment(_ row: Int) throws -> UInt8? {
    let text = file.texts(schema.treatment.column)[row]
    if schema.treatment.treated.contains(text) { return 1 }
    if schema.treatment.untreated.contains(text) { return 0 }
    guard schema.treatment.isClosed else { return nil }
    throw StageFailure(
      at: "\(file.name):\(file.lines[row])",
      "column '\(schema.treatment.column)' holds '\(text.prefix(40))'",
      why: "a treatment is 0 or 1", fix: "code the compared states as 0 and 1")
  }

  /// Outcome and features with nothing missing; nil for a row to drop.
  private func complete(
    _ place: Int, _ row: Int, _ outcome: Double?, _ fields: [[Double?]], _ medians: [Double?],
    imputed: inout Int
  ) throws -> (y: Double, x: [Double])? {
    func missing(_ column: String) throws {
      guard onMissing != .drop_row else { return }
      throw StageFailure(
        at: "\(file.name):\(file.lines[row])", "column '\(column)' has no known value",
        why: "estimators need a number in every cell",
        fix: "write on_missing: drop_row, or impute_median for covariates")
    }
    guard let outcome else {
      try missing(schema.outcome.column)
      return nil
    }
    var x: [Double] = []
    for (index, numbers) in fields.enumerated() {
      if let number = numbers[place] {
        x.append(number)
      } else if onMissing == .impute_median, let median = medians[index] {
        imputed += 1
        x.append(median)
      } else {
        try missing(schema.fields[index].column)
        return nil
      }
    }
    return (outcome, x)
  }

  private func outcomes(_ rows: [Int]) throws -> [Double?] {
    switch schema.outcome {
    case .number(let column): return try pick(file.numbers(column), rows)
    case .atLeast(let least, let column):
      return try pick(file.numbers(column), rows).map { $0.map { $0 >= least ? 1 : 0 } }
    case .coded(let codes, let column):
      let texts = file.texts(column)
      return rows.map { codes[texts[$0]] }
    }
  }

  private func pick(_ numbers: [Double?], _ rows: [Int]) -> [Double?] { rows.map { numbers[$0] } }

  private func numbers(_ field: CrashSchema.Field, _ rows: [Int]) throws -> [Double?] {
    let texts = file.texts(field.column)
    func flags(_ unknown: Set<String>, _ holds: (String) -> Bool) -> [Double?] {
      rows.map { unknown.contains(texts[$0]) ? nil : holds(texts[$0]) ? 1 : 0 }
    }
    switch field.rule {
    case .number(let unknown):
      let numbers = try file.numbers(field.column)
      return rows.map { unknown.contains(texts[$0]) ? nil : numbers[$0] }
    case .isOne(let values, let unknown):
      return flags(unknown.union([""])) { values.contains($0) }
    case .isNone(let values, let unknown):
      return flags(unknown.union([""])) { !values.contains($0) }
    case .isMarked(let mark, let unknown):
      return flags(unknown) { $0 == mark }
    case .isWithin(let hours):
      return rows.map { row in
        guard let time = Int(texts[row]), (0..<2400).contains(time) else { return nil }
        return hours.contains(time / 100) ? 1 : 0
      }
    }
  }

  private func points(_ rows: [Int]) throws -> [MapPoint?] {
    let unknown = CrashSchema.farsUnknownPlaces
    let (longitudes, latitudes) = (file.texts(schema.longitude), file.texts(schema.latitude))
    let x = try file.numbers(schema.longitude)
    let y = try file.numbers(schema.latitude)
    return try rows.map { row in
      guard let longitude = x[row], let latitude = y[row], !unknown.contains(longitudes[row]),
        !unknown.contains(latitudes[row])
      else { return nil }
      guard abs(longitude) <= 180, abs(latitude) <= 90 else {
        throw StageFailure(
          at: "\(file.name):\(file.lines[row])",
          "the place is \(longitude), \(latitude)",
          why: "longitude lies within 180 degrees and latitude within 90",
          fix: "project the coordinates to WGS84 degrees (EPSG:4326)")
      }
      return MapPoint(longitude, latitude)
    }
  }
}

import Foundation
import Pipeline

/// The parameters that choose a number for each area of a map: one of its own columns, or one of a
/// table that names areas.
struct AreaValues: Sendable {
  enum Transform: String, CaseIterable, Sendable {
    case none, log, logit

    func apply(_ value: Double) -> Double? {
      switch self {
      case .none: value
      case .log: value > 0 ? Foundation.log(value) : nil
      case .logit:
        Foundation.log(min(max(value, 0.01), 0.99) / (1 - min(max(value, 0.01), 0.99)))
      }
    }
  }

  static let inputs = [
    InputSlot("tracts", .json, help: "the map, from geo.tracts or crash.synth"),
    InputSlot(
      "values", .table, isOptional: true,
      help: "table with the columns 'area' and that of the parameter; default: the map's own"),
  ]

  let column: String
  let keep: KeepRule
  private let transform: Transform

  init(_ p: inout ParameterReader, default fallback: String?) {
    column = p.string("column", default: fallback, help: "the number of each area")
    keep = KeepRule(&p, help: "least value of the areas that count")
    transform = p.choice(
      "transform", default: .none, help: "taken of the number; logit within .01 and .99")
  }

  /// What tables call the number: `ln income`.
  var name: String {
    switch transform {
    case .none: column
    case .log: "ln \(column)"
    case .logit: "logit \(column)"
    }
  }

  /// - Returns: one for each area of the map; nil where it is not known or the area is left out.
  /// - Throws: ``StageFailure`` when there is no such column, or the table names another area.
  func read(_ context: StageContext, _ map: AreaMap) throws -> [Double?] {
    let raw =
      try context.optionalInput("values").map { try Self.table($0, column: column, map: map) }
      ?? map.numbers(column)
    let bounds = try keep.least.map { (least: $0.value, numbers: try map.numbers($0.key)) }
    return raw.indices.map { area in
      let isKept = bounds.allSatisfy { ($0.numbers[area] ?? -.infinity) >= $0.least }
      return isKept ? raw[area].flatMap(transform.apply) : nil
    }
  }

  private static func table(
    _ input: InputArtifact, column: String, map: AreaMap
  ) throws -> [Double?] {
    let table = try Table(canonicalData: Data(contentsOf: input.url))
    let names = table.columns.map(\.name)
    func place(_ name: String) throws -> Int {
      guard let place = names.firstIndex(of: name) else {
        throw StageFailure(
          at: "input values", "the table has no column '\(name)'",
          why: "its columns are " + names.joined(separator: ", "),
          fix: nearestName(to: name, in: names).map { "did you mean '\($0)'?" }
            ?? "connect a table of areas")
      }
      return place
    }
    let (area, number) = (try place("area"), try place(column))
    let index = Dictionary(uniqueKeysWithValues: map.ids.enumerated().map { ($1, $0) })
    var values = [Double?](repeating: nil, count: map.count)
    for (row, cells) in table.rows.enumerated() {
      guard let at = cells[area].text.flatMap({ index[$0] }) else {
        throw StageFailure(
          at: "input values, row \(row + 1)",
          "the map \(map.name) has no area '\(cells[area].plainText)'",
          why: "numbers are joined to areas by name", fix: "connect a table of the same map")
      }
      values[at] = cells[number].number
    }
    return values
  }
}

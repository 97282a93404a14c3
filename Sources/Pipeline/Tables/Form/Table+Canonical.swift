import Foundation

extension Table {
  /// What a stage may write.
  package static let columnLimit = 1000
  package static let byteLimit = 256 << 20
  /// What is read: axes, and columns that only other instances have, come on top.
  private static let readableColumns = 2 * columnLimit

  /// The one byte form of this table:
  ///
  ///     {"columns":[{"count":…,"direction":…,"help":…,"kind":…,"name":…,"unit":…},…],"rows":[[…],…]}
  ///
  /// Equal tables give equal bytes (see ``Value/canonicalJSON``), so artifacts can be compared by
  /// hash.
  package var canonicalData: Data {
    let form = Value.map([
      "columns": .list(columns.map(\.canonicalValue)),
      "rows": .list(rows.map(Value.list)),
    ])
    return Data(form.canonicalJSON.utf8)
  }

  /// Reads what ``canonicalData`` wrote.
  ///
  /// Refused: more than 256 MiB, more than 2,000 columns, unknown or missing keys, repeated column
  /// names, a row of another length, a value of another kind than its column.
  package init(canonicalData data: Data) throws(TableDataError) {
    let form: Value
    do {
      form = try Value(json: data, maxDepth: 4)
    } catch {
      throw TableDataError(
        place: "byte \(error.offset)", what: error.what, expected: "canonical table JSON")
    }
    guard case .map(let parts) = form, Set(parts.keys) == ["columns", "rows"],
      case .list(let columnForms)? = parts["columns"], case .list(let rowForms)? = parts["rows"]
    else {
      throw TableDataError(
        place: "top level", what: "this is \(form.typeName) of another shape",
        expected: "a map of the lists 'columns' and 'rows'")
    }
    guard columnForms.count <= Self.readableColumns else {
      throw TableDataError(
        place: "columns", what: "there are \(columnForms.count)",
        expected: "at most \(Self.readableColumns)")
    }
    var columns: [Column] = []
    for (index, columnForm) in columnForms.enumerated() {
      let column = try Column(canonicalValue: columnForm, index: index)
      if columns.contains(where: { $0.name == column.name }) {
        throw TableDataError(
          place: "column \(index + 1)", what: "the name '\(column.name)' is taken",
          expected: "one column of each name")
      }
      columns.append(column)
    }
    self.init(columns: columns)
    for (index, rowForm) in rowForms.enumerated() {
      append(try Self.row(rowForm, at: index, columns: columns))
    }
  }

  private static func row(
    _ form: Value, at index: Int, columns: [Column]
  ) throws(TableDataError) -> [Value] {
    guard case .list(let values) = form, values.count == columns.count else {
      var content = form.typeName
      if case .list(let values) = form { content = "\(values.count) values" }
      throw TableDataError(
        place: "row \(index + 1)", what: "it holds \(content)",
        expected: "a list of \(columns.count) values, one per column")
    }
    for (value, column) in zip(values, columns) where column.accepted(value) == nil {
      throw TableDataError(
        place: "row \(index + 1), column '\(column.name)'", what: "this is \(value.typeName)",
        expected: "null or a value of kind \(column.kind.rawValue)")
    }
    return values
  }
}

extension Column {
  fileprivate var canonicalValue: Value {
    .map([
      "name": .string(name), "kind": .string(kind.rawValue), "unit": .string(unit),
      "direction": .string(direction.rawValue),
      "count": countColumn.map(Value.string) ?? .null, "help": .string(help),
    ])
  }

  fileprivate init(canonicalValue form: Value, index: Int) throws(TableDataError) {
    guard case .map(let parts) = form,
      Set(parts.keys) == ["name", "kind", "unit", "direction", "count", "help"],
      case .string(let name)? = parts["name"], case .string(let kindName)? = parts["kind"],
      case .string(let unit)? = parts["unit"], case .string(let help)? = parts["help"],
      case .string(let directionName)? = parts["direction"], let kind = Kind(rawValue: kindName),
      let direction = Direction(rawValue: directionName)
    else {
      throw TableDataError(
        place: "column \(index + 1)", what: "its description is not sound",
        expected: "name, kind (string, int, double, bool), unit, direction, count and help")
    }
    var countColumn: String?
    if case .string(let count)? = parts["count"] { countColumn = count }
    self.init(
      name, kind, unit: unit, direction: direction, countColumn: countColumn, help: help)
  }
}

/// A result table in long form: typed columns and rows of plain values.
///
/// The canonical bytes (``Value/canonicalJSON`` of columns and rows) are what the store keeps;
/// pivots, Markdown and CSV are views of it.
package struct Table: Sendable, Hashable {
  package let columns: [Column]
  package private(set) var rows: [[Value]]

  package init(columns: [Column], rows: [[Value]] = []) {
    self.columns = columns
    self.rows = []
    for row in rows { append(row) }
  }

  /// Adds a row. Integers in a column of doubles become doubles; a number that is not finite
  /// becomes `null`, which stands for a value that is not defined.
  ///
  /// - Precondition: one value per column, each `null` or of the column's kind.
  package mutating func append(_ row: [Value]) {
    precondition(
      row.count == columns.count, "table row has \(row.count) values for \(columns.count) columns")
    rows.append(
      zip(row, columns).map { value, column in
        guard let accepted = column.accepted(value) else {
          preconditionFailure(
            "column '\(column.name)' holds \(column.kind.rawValue) values, not \(value.typeName)")
        }
        return accepted
      })
  }
}

extension Column {
  /// The value as this column stores it, or `nil` when it is of another kind.
  func accepted(_ value: Value) -> Value? {
    switch (kind, value) {
    case (_, .null), (.string, .string), (.int, .int), (.bool, .bool): value
    case (.double, .double(let number)): number.isFinite ? value : .null
    case (.double, .int(let number)): .double(Double(number))
    default: nil
    }
  }
}

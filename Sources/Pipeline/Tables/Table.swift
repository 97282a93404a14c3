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

  /// - Precondition: one value per column; `null` stands for a value that is not defined.
  package mutating func append(_ row: [Value]) {
    precondition(
      row.count == columns.count, "table row has \(row.count) values for \(columns.count) columns")
    rows.append(row)
  }
}

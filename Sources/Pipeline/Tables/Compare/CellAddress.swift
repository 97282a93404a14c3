/// The name of one cell, readable as a cell expression: `asr[train=mix,test=0.1]`,
/// `asr[train=mix].worst`.
package struct CellAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let table: String
  /// Labels on the row axes, then on the column axes.
  package let labels: [AxisLabel]
  /// A derived column, or one of several values; `nil` for the only value.
  package let column: String?

  package init(table: String, labels: [AxisLabel], column: String?) {
    self.table = table
    self.labels = labels
    self.column = column
  }

  package var description: String {
    let terms = labels.map { "\($0.axis)=\(Self.quoted($0.label))" }
    return table + (terms.isEmpty ? "" : "[" + terms.joined(separator: ",") + "]")
      + (column.map { "." + $0 } ?? "")
  }

  package static func < (a: CellAddress, b: CellAddress) -> Bool { a.description < b.description }

  package func label(on axis: String) -> String? { labels.first { $0.axis == axis }?.label }

  private static func quoted(_ label: String) -> String {
    let isPlain = label.allSatisfy { $0.isLetter || $0.isNumber || "_.+-".contains($0) }
    return isPlain && !label.isEmpty ? label : "'\(label)'"
  }
}

extension PivotTable {
  /// The address of the cell at `[row][column]`.
  package func address(row: Int, column: Int) -> CellAddress {
    let shown = columns[column]
    let measured = Set(columns.lazy.filter { !$0.isDerived }.map(\.value))
    let isOnly = !shown.isDerived && measured.count == 1
    let labels =
      zip(rowAxes, rows[row]).map { AxisLabel(axis: $0, label: $1) }
      + zip(columnAxes, shown.labels).map { AxisLabel(axis: $0, label: $1) }
    return CellAddress(table: name, labels: labels, column: isOnly ? nil : shown.value)
  }
}

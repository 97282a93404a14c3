/// Which instances make which cells: through the view's filters, rows, columns and what is
/// averaged away, row by row of the instances' tables, so that it is exact.
extension PivotTable {
  /// All places of the table.
  var places: [Place] {
    rows.indices.flatMap { row in columns.indices.map { Place(row: row, column: $0) } }
  }

  /// For each place the instances with a row in it. A derived cell is made of all cells of its
  /// row; whatever is averaged away counts with all of its labels.
  ///
  /// - Returns: `[row][column]`, each with positions in `instances`, in order.
  func makers(among instances: [InstanceResult]) -> [[[Int]]] {
    let rowAt = Dictionary(zip(rows, rows.indices), uniquingKeysWith: { first, _ in first })
    let measured = columns.indices.filter { !columns[$0].isDerived }
    let columnsAt = Dictionary(grouping: measured) { columns[$0].labels }
    let derived = columns.indices.filter { columns[$0].isDerived }
    let empty = [[Int]](repeating: [], count: columns.count)
    var makers = [[[Int]]](repeating: empty, count: rows.count)
    for (index, landing) in landings(of: instances) {
      guard let row = rowAt[landing.row] else { continue }
      for column in columnsAt[landing.column, default: []] + derived
      where makers[row][column].last != index {
        makers[row][column].append(index)
      }
    }
    return makers
  }

  private struct Landing {
    let row: [String]
    let column: [String]
  }

  /// Where the rows of the instances fall, instance by instance; names are looked up among an
  /// instance's axes, then among its table's columns, as the long form does.
  private func landings(of instances: [InstanceResult]) -> [(instance: Int, at: Landing)] {
    let parts = source.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return [] }
    var found: [(instance: Int, at: Landing)] = []
    for (index, instance) in instances.enumerated() where instance.stage == parts[0] {
      guard let table = instance.tables[parts[1]] else { continue }
      let labels = Dictionary(
        instance.labels.map { ($0.axis, $0.label) }, uniquingKeysWith: { first, _ in first })
      let indices = Dictionary(
        table.columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
      for row in table.rows {
        func text(_ name: String) -> String {
          labels[name] ?? indices[name].map { row[$0].plainText } ?? ""
        }
        guard filters.allSatisfy({ $0.labels.contains(text($0.column)) }) else { continue }
        found.append((index, Landing(row: rowAxes.map(text), column: columnAxes.map(text))))
      }
    }
    return found
  }
}

/// Which instances a number of a table or a claim was computed by.
struct CellSources: Sendable {
  private let instances: [RunInstance]
  private let byStage: [String: [Int]]
  private let tables: [String: PivotTable]

  init(_ document: RunDocument, tables: [PivotTable]) {
    instances = document.instances
    byStage = Dictionary(grouping: document.instances.indices) { document.instances[$0].stage }
    self.tables = Dictionary(
      tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The instances behind a row of a table, or behind one of its cells.
  func instances(of table: PivotTable, row: Int, column: PivotColumn? = nil) -> [Int] {
    var labels = Dictionary(
      zip(table.rowAxes, table.rows[row]), uniquingKeysWith: { first, _ in first })
    if let column, !column.isDerived {
      labels.merge(zip(table.columnAxes, column.labels), uniquingKeysWith: { first, _ in first })
    }
    return instances(of: table) { axis, label in labels[axis].map { $0 == label } ?? true }
  }

  /// The instances behind the cells that an expression selects, as the specification writes it.
  func instances(ofCells text: String) -> [Int] {
    guard let expression = try? CellExpression(parsing: text), let table = tables[expression.view]
    else { return [] }
    return instances(of: table) { axis, label in
      expression.terms.allSatisfy {
        $0.axis != axis || $0.labels.contains(label) != $0.isNegated
      }
    }
  }

  private func instances(
    of table: PivotTable, where keeps: (_ axis: String, _ label: String) -> Bool
  ) -> [Int] {
    let stage = String(table.source.prefix { $0 != "." })
    return (byStage[stage] ?? []).filter { index in
      instances[index].labels.allSatisfy { label in
        keeps(label.axis, label.label)
          && table.filters.allSatisfy {
            $0.column != label.axis || $0.labels.contains(label.label)
          }
      }
    }
  }
}

/// Which instances a number of a table or a claim was computed by, as far as their labels tell.
struct CellSources: Sendable {
  private let instances: [RunInstance]
  private let byStage: [String: [Int]]
  /// The instances of a stage with one label, so that a row of a large table is found quickly.
  private let byLabel: [String: [AxisLabel: [Int]]]
  private let tables: [String: PivotTable]

  init(_ document: RunDocument, tables: [PivotTable]) {
    instances = document.instances
    byStage = Dictionary(grouping: document.instances.indices) { document.instances[$0].stage }
    var byLabel: [String: [AxisLabel: [Int]]] = [:]
    for (index, instance) in document.instances.enumerated() {
      for label in instance.labels {
        byLabel[instance.stage, default: [:]][label, default: []].append(index)
      }
    }
    self.byLabel = byLabel
    self.tables = Dictionary(
      tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The instances behind a row of a table.
  func instances(of table: PivotTable, row: Int) -> [Int] {
    let stage = Self.stage(of: table)
    let labels = zip(table.rowAxes, table.rows[row]).map { AxisLabel(axis: $0, label: $1) }
    let candidates = labels.compactMap { byLabel[stage]?[$0] }.min { $0.count < $1.count }
    return (candidates ?? byStage[stage] ?? []).filter {
      passes(table, $0) && agrees($0, labels)
    }
  }

  /// Those of a row's instances that are behind one of its cells.
  func narrowed(_ indices: [Int], to column: PivotColumn, of table: PivotTable) -> [Int] {
    if column.isDerived || indices.count < 2 { return indices }
    let labels = zip(table.columnAxes, column.labels).map { AxisLabel(axis: $0, label: $1) }
    return indices.filter { agrees($0, labels) }
  }

  /// The instances behind the cells that an expression selects, as the specification writes it.
  func instances(ofCells text: String) -> [Int] {
    guard let expression = try? CellExpression(parsing: text), let table = tables[expression.view]
    else { return [] }
    return (byStage[Self.stage(of: table)] ?? []).filter { index in
      passes(table, index)
        && instances[index].labels.allSatisfy { label in
          expression.terms.allSatisfy {
            $0.axis != label.axis || $0.labels.contains(label.label) != $0.isNegated
          }
        }
    }
  }

  private static func stage(of table: PivotTable) -> String {
    String(table.source.prefix { $0 != "." })
  }

  /// Whether the instance carries none of these axes with another label.
  private func agrees(_ index: Int, _ labels: [AxisLabel]) -> Bool {
    labels.allSatisfy { wanted in
      instances[index].labels.allSatisfy { $0.axis != wanted.axis || $0 == wanted }
    }
  }

  private func passes(_ table: PivotTable, _ index: Int) -> Bool {
    table.filters.allSatisfy { filter in
      instances[index].labels.allSatisfy {
        $0.axis != filter.column || filter.labels.contains($0.label)
      }
    }
  }
}

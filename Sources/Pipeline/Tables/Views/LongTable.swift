/// The result tables of one stage's instances under each other, with the axes as leading columns.
package struct LongTable: Sendable {
  /// Axis columns hold labels as strings. A table column named like an axis gives way to it.
  package let table: Table
  package let axes: [String]
  /// Labels of the instances that should have rows here but failed.
  package let absent: [[AxisLabel]]

  /// - Returns: `nil` when no enabled instance of the stage exists.
  package init?(stage: String, output: String, instances: [InstanceResult]) {
    let ours = instances.filter { $0.stage == stage && $0.status != .disabled }
    guard let first = ours.first else { return nil }
    let axes = first.labels.map(\.axis)
    let schema = ours.lazy.compactMap { $0.tables[output] }.first?.columns ?? []
    let kept = schema.indices.filter { !axes.contains(schema[$0].name) }
    var table = Table(columns: axes.map { Column($0, .string) } + kept.map { schema[$0] })
    var absent: [[AxisLabel]] = []
    for instance in ours {
      guard let rows = instance.tables[output]?.rows else {
        absent.append(instance.labels)
        continue
      }
      let labels = instance.labels.map { Value.string($0.label) }
      for row in rows { table.append(labels + kept.map { row[$0] }) }
    }
    self.table = table
    self.axes = axes
    self.absent = absent
  }

  func index(of column: String) -> Int? { table.columns.firstIndex { $0.name == column } }
}

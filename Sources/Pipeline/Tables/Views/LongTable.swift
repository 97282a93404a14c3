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
    let schema = Self.schema(of: ours.compactMap { $0.tables[output]?.columns })
    let kept = schema.indices.filter { !axes.contains(schema[$0].name) }
    var table = Table(columns: axes.map { Column($0, .string) } + kept.map { schema[$0] })
    var absent: [[AxisLabel]] = []
    for instance in ours {
      guard let part = instance.tables[output] else {
        absent.append(instance.labels)
        continue
      }
      let labels = instance.labels.map { Value.string($0.label) }
      if part.columns == schema {
        for row in part.rows { table.append(labels + kept.map { row[$0] }) }
        continue
      }
      let places = kept.map { index in part.columns.firstIndex { $0.name == schema[index].name } }
      for row in part.rows {
        let values = zip(kept, places).map { index, place in
          place.map { schema[index].converted(row[$0]) } ?? .null
        }
        table.append(labels + values)
      }
    }
    self.table = table
    self.axes = axes
    self.absent = absent
  }

  /// The columns of all instances. They differ only where the data decide on them: then a column
  /// that an instance lacks is empty there, integers beside doubles are doubles, and other mixtures
  /// are texts.
  private static func schema(of schemas: [[Column]]) -> [Column] {
    var merged = schemas.first ?? []
    for schema in schemas where schema != merged {
      for column in schema {
        guard let index = merged.firstIndex(where: { $0.name == column.name }) else {
          merged.append(column)
          continue
        }
        merged[index] = merged[index].joined(with: column)
      }
    }
    return merged
  }

  /// A long table that was stored; nothing is known of instances that failed.
  package init(_ table: Table, axes: [String]) {
    self.table = table
    self.axes = axes
    absent = []
  }

  func index(of column: String) -> Int? { table.columns.firstIndex { $0.name == column } }
}

extension Column {
  /// The column that holds the values of both.
  fileprivate func joined(with other: Column) -> Column {
    if kind == other.kind { return self }
    let areNumbers = Set([kind, other.kind]) == [.int, .double]
    return Column(
      name, areNumbers ? .double : .string, unit: unit, direction: direction,
      countColumn: countColumn, help: help)
  }

  /// A value of another instance's column of this name.
  fileprivate func converted(_ value: Value) -> Value {
    if kind == .string, value != .null { return .string(value.plainText) }
    return value
  }
}

extension Graph {
  /// Columns that a program of the user's wrote and that nobody would see: in long tables an axis
  /// stands in the column of its name (see ``LongTable``). Where they repeat the label nothing is
  /// lost.
  ///
  /// - Returns: a problem for each such column, once for all instances of a stage.
  func hiddenColumns(in results: [InstanceResult]) -> [Diagnostic] {
    let external = Dictionary(
      instances.filter { $0.bound.type.isExternal }.map { ($0.stage, $0.location) },
      uniquingKeysWith: { first, _ in first })
    var found: Set<[String]> = []
    var problems: [Diagnostic] = []
    for result in results {
      guard let location = external[result.stage] else { continue }
      for (output, axis) in result.hiddenColumns
      where found.insert([result.stage, output, axis]).inserted {
        problems.append(
          Diagnostic(
            at: location,
            "'\(result.stage).\(output)' has a column '\(axis)', which is an axis, too",
            why: "the axis's label stands there, so the data's own values would not be seen",
            fix: "rename the column in what the program writes"))
      }
    }
    return problems
  }
}

extension InstanceResult {
  /// Columns named like an axis that hold something else than its label.
  fileprivate var hiddenColumns: [(output: String, axis: String)] {
    labels.flatMap { label in
      tables.keys.sorted().filter { tables[$0]?.hides(label) == true }.map { ($0, label.axis) }
    }
  }
}

extension Table {
  fileprivate func hides(_ label: AxisLabel) -> Bool {
    guard let index = columns.firstIndex(where: { $0.name == label.axis }) else { return false }
    let number = Double(label.label)
    return rows.contains { row in
      let value = row[index]
      return value != .null && value.plainText != label.label
        && (number == nil || value.number != number)
    }
  }
}

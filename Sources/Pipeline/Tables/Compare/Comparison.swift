/// Two sides held against each other, cell by cell; right against left.
package struct Comparison: Sendable {
  package struct FactDifference: Sendable, Hashable {
    package let left: RunFact?
    package let right: RunFact?
  }

  package let left: ComparisonSide
  package let right: ComparisonSide
  /// What differs besides numbers, as far as both sides know it.
  package let facts: [FactDifference]
  /// Instances of each stage whose keys differ, or that only one side has: (differing, all).
  package let stages: [(stage: String, differing: Int, count: Int)]
  /// By table in order of the left side, cells in order of the table.
  package let cells: [CellDifference]

  /// - Parameters:
  ///   - left: the reference.
  ///   - right: what is held against it.
  ///   - table: the only table to look at; `nil` for all.
  ///   - tolerances: by column; the last that names a column decides, then the last for `*`.
  /// - Throws: ``Diagnostic`` when neither side has the table, or a tolerance names no column.
  package init(
    _ left: ComparisonSide, _ right: ComparisonSide, table: String? = nil,
    tolerances: [Tolerance] = []
  ) throws(Diagnostic) {
    let (left, right) = (left.matched(to: right), right.matched(to: left))
    self.left = left
    self.right = right
    facts = Self.facts(left, right)
    stages = Self.stages(left, right)
    var names = left.tables.map(\.name)
    names += right.tables.map(\.name).filter { !names.contains($0) }
    if let table {
      guard names.contains(table) else {
        throw Diagnostic(
          at: nil, "neither side has a table '\(table)'",
          why: "there are " + names.joined(separator: ", "),
          fix: nearestName(to: table, in: names).map { "did you mean '\($0)'?" } ?? "")
      }
      names = [table]
    }
    // Two files of one table each are about the same table, whatever the files are called.
    let isOneTable = left.tables.count == 1 && right.tables.count == 1 && left.keys.isEmpty
    let pairs =
      isOneTable
      ? [(left.tables[0], right.tables[0])]
      : names.map { name in
        (left.tables.first { $0.name == name }, right.tables.first { $0.name == name })
      }
    try Self.check(tolerances, pairs.flatMap { [$0, $1] }.compactMap(\.self))
    cells = pairs.flatMap { Self.cells($0, $1, tolerances) }
  }

  /// The axes that compared cells lie on, in order of appearance.
  package var axes: [String] { Self.axes(of: cells) }

  package var differing: [CellDifference] { cells.filter(\.differs) }

  /// Whether a cell differs beyond its tolerance or exists on one side only.
  package var hasDifference: Bool { cells.contains(where: \.differs) }

  private static func check(
    _ tolerances: [Tolerance], _ tables: [PivotTable]
  ) throws(Diagnostic) {
    var columns: [String] = []
    for column in tables.flatMap(\.columns) where !columns.contains(column.value) {
      columns.append(column.value)
    }
    for tolerance in tolerances where tolerance.column != "*" {
      guard columns.contains(tolerance.column) else {
        throw Diagnostic(
          at: nil, "--tolerance: no table has a column '\(tolerance.column)'",
          why: "there are " + columns.joined(separator: ", "),
          fix: nearestName(to: tolerance.column, in: columns).map { "did you mean '\($0)'?" }
            ?? "or * for all")
      }
    }
  }

  // MARK: Facts

  private static func facts(_ left: ComparisonSide, _ right: ComparisonSide) -> [FactDifference] {
    // A kind of fact that one side knows nothing of tells nothing.
    let known = Set(left.facts.map(\.kind)).intersection(right.facts.map(\.kind))
    var found: [FactDifference] = []
    for kind in RunFact.Kind.allCases where known.contains(kind) {
      let ours = left.facts.filter { $0.kind == kind }
      let theirs = Dictionary(
        right.facts.filter { $0.kind == kind }.map { ($0.name, $0) },
        uniquingKeysWith: { a, _ in a })
      for fact in ours where theirs[fact.name]?.value != fact.value {
        found.append(FactDifference(left: fact, right: theirs[fact.name]))
      }
      let names = Set(ours.map(\.name))
      found += right.facts.filter { $0.kind == kind && !names.contains($0.name) }
        .map { FactDifference(left: nil, right: $0) }
    }
    return found
  }

  private static func stages(
    _ left: ComparisonSide, _ right: ComparisonSide
  ) -> [(stage: String, differing: Int, count: Int)] {
    guard !left.keys.isEmpty, !right.keys.isEmpty else { return [] }
    var counts: [String: (differing: Int, count: Int)] = [:]
    for id in Set(left.keys.keys).union(right.keys.keys) {
      let stage = String(id.prefix { $0 != "[" })
      counts[stage, default: (0, 0)].count += 1
      if left.keys[id] != right.keys[id] { counts[stage, default: (0, 0)].differing += 1 }
    }
    return counts.sorted { $0.key < $1.key }.filter { $0.value.differing > 0 }
      .map { ($0.key, $0.value.differing, $0.value.count) }
  }

  // MARK: Cells

  private static func cells(
    _ left: PivotTable?, _ right: PivotTable?, _ tolerances: [Tolerance]
  ) -> [CellDifference] {
    var order: [CellAddress] = []
    var columns: [CellAddress: (column: PivotColumn, numbers: NumberStyle)] = [:]
    func cells(of table: PivotTable?) -> [CellAddress: PivotCell] {
      guard let table else { return [:] }
      var found: [CellAddress: PivotCell] = [:]
      for row in table.rows.indices {
        for column in table.columns.indices {
          var address = table.address(row: row, column: column)
          if let name = left?.name {
            address = CellAddress(table: name, labels: address.labels, column: address.column)
          }
          found[address] = table.cells[row][column]
          if columns[address] == nil {
            order.append(address)
            columns[address] = (table.columns[column], table.numbers)
          }
        }
      }
      return found
    }
    let (ours, theirs) = (cells(of: left), cells(of: right))
    return order.compactMap { address in
      guard let (column, numbers) = columns[address] else { return nil }
      let tolerance =
        tolerances.last { $0.column == column.value } ?? tolerances.last { $0.column == "*" }
      return CellDifference(
        address, left: ours[address].map { ($0, left?.groups ?? []) },
        right: theirs[address].map { ($0, right?.groups ?? []) }, direction: column.direction,
        numbers: numbers, tolerance: tolerance ?? .exact)
    }
  }
}

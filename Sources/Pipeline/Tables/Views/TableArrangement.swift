/// What a person may change about a stored table while looking at it.
package struct TableArrangement: Sendable {
  package struct Order: Sendable, Hashable {
    package let column: String
    package let isDescending: Bool

    package init(column: String, isDescending: Bool) {
      self.column = column
      self.isDescending = isDescending
    }
  }

  /// Rows that stay.
  package var filter: RowFilter?
  package var order: Order?
  /// The value columns that stay, in this order; empty keeps all.
  package var columns: [String] = []
  /// Digits after the point instead of the table's own.
  package var decimals: Int?

  package init() {}

  /// The table with these changes.
  ///
  /// - Throws: ``Diagnostic`` for a column that the table does not have.
  package func apply(to table: PivotTable) throws(Diagnostic) -> PivotTable {
    let names = table.rowAxes + table.columns.map(\.heading)
    func value(_ row: Int, _ column: Int) -> Value {
      if column < table.rowAxes.count { return .string(table.rows[row][column]) }
      return table.cells[row][column - table.rowAxes.count].mean.map(Value.double) ?? .null
    }
    let kept = try rows(table.rows.count, names, of: "table '\(table.name)'", value)
    let headings = table.columns.map(\.heading)
    let shown =
      try indices(columns, among: headings, of: "table '\(table.name)'")
      ?? Array(headings.indices)
    var result = table
    result.rows = kept.map { table.rows[$0] }
    result.columns = shown.map { table.columns[$0] }
    result.cells = kept.map { row in shown.map { table.cells[row][$0] } }
    result.numbers.decimals = decimals ?? table.numbers.decimals
    return result
  }

  /// The long table with these changes; `columns` picks among all of its columns.
  ///
  /// - Throws: ``Diagnostic`` for a column that the table does not have.
  package func apply(to table: Table, named name: String) throws(Diagnostic) -> Table {
    let names = table.columns.map(\.name)
    let kept = try rows(table.rows.count, names, of: "'\(name)'") { table.rows[$0][$1] }
    let shown = try indices(columns, among: names, of: "'\(name)'") ?? Array(names.indices)
    return Table(
      columns: shown.map { table.columns[$0] },
      rows: kept.map { row in shown.map { table.rows[row][$0] } })
  }

  /// The rows that pass the filter, in the order asked for.
  private func rows(
    _ count: Int, _ names: [String], of subject: String, _ value: (Int, Int) -> Value
  ) throws(Diagnostic) -> [Int] {
    var kept: [Int] = []
    try filter?.check(names, of: subject)
    for row in 0..<count {
      guard let filter else {
        kept.append(row)
        continue
      }
      let pairs = names.indices.map { (names[$0], value(row, $0)) }
      if try filter.keeps(Dictionary(pairs, uniquingKeysWith: { first, _ in first })) {
        kept.append(row)
      }
    }
    guard let order, let column = try indices([order.column], among: names, of: subject)?.first
    else { return kept }
    let keys = Dictionary(uniqueKeysWithValues: kept.map { ($0, value($0, column)) })
    let sorted = kept.sorted { a, b in
      let (left, right) = (keys[a] ?? .null, keys[b] ?? .null)
      if left == right { return a < b }
      return order.isDescending ? right.comesBefore(left) : left.comesBefore(right)
    }
    return sorted
  }

  private func indices(
    _ wanted: [String], among names: [String], of subject: String
  ) throws(Diagnostic) -> [Int]? {
    if wanted.isEmpty { return nil }
    var found: [Int] = []
    for name in wanted {
      guard let index = names.firstIndex(of: name) else {
        throw Diagnostic(
          at: nil, "\(subject) has no column '\(name)'",
          why: "it has: " + names.joined(separator: ", "),
          fix: nearestName(to: name, in: names).map { "did you mean '\($0)'?" } ?? "")
      }
      found.append(index)
    }
    return found
  }
}

extension Value {
  /// Numbers by size, texts that read as numbers like numbers, other texts after them by letter,
  /// nothing last.
  fileprivate func comesBefore(_ other: Value) -> Bool {
    func rank(_ value: Value) -> (Int, Double, String) {
      switch value {
      case .int(let number): return (0, Double(number), "")
      case .double(let number): return (0, number, "")
      case .bool(let flag): return (0, flag ? 1 : 0, "")
      case .string(let text):
        if let number = Double(text) { return (0, number, "") }
        return (1, 0, text)
      default: return (2, 0, "")
      }
    }
    return rank(self) < rank(other)
  }
}

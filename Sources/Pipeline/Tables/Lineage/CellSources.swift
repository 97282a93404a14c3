/// The instances behind the numbers of a run's tables and claims.
struct CellSources: Sendable {
  private let tables: [String: (table: PivotTable, makers: [[[Int]]])]

  /// - Parameters:
  ///   - tables: of one run.
  ///   - instances: all of that run; positions among them are the answers.
  init(_ tables: [PivotTable], among instances: [InstanceResult]) {
    self.tables = Dictionary(
      tables.map { ($0.name, ($0, $0.makers(among: instances))) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Behind one cell of a table; behind a whole row without a column.
  func instances(of table: PivotTable, row: Int, column: Int? = nil) -> [Int] {
    guard let makers = tables[table.name]?.makers[row] else { return [] }
    return column.map { makers[$0] } ?? Set(makers.joined()).sorted()
  }

  /// Behind the cells that an expression selects, as the specification writes it.
  func instances(ofCells text: String) -> [Int] {
    guard let expression = try? CellExpression(parsing: text),
      let (table, makers) = tables[expression.view], let places = try? table.select(expression)
    else { return [] }
    return Set(places.flatMap { makers[$0.row][$0.column] }).sorted()
  }
}

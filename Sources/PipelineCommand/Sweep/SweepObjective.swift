import Pipeline

/// The number that a sweep makes large or small, as it is asked for on the command line.
enum SweepObjective {
  /// Reads a cell and looks it up among the tables.
  ///
  /// - Throws: ``Diagnostic`` when it is not a cell, or of no table, axis or column that is there.
  static func cell(_ text: String, in graph: Graph) throws(Diagnostic) -> CellExpression {
    let cell: CellExpression
    do { cell = try CellExpression(parsing: text) } catch {
      throw refusal(
        text, error.message,
        why: "cells are written table[axis=label].column, alone or in min, max, mean or range")
    }
    guard let table = graph.tables.first(where: { $0.name == cell.view }) else {
      throw refusal(
        text, "there is no table '\(cell.view)'", cell.view, among: graph.tables.map(\.name),
        of: "the specification")
    }
    let axes = table.rows + table.columns
    for term in cell.terms where !axes.contains(term.axis) {
      throw refusal(
        text, "table '\(table.name)' has no axis '\(term.axis)'", term.axis, among: axes,
        of: "the table")
    }
    let columns = table.values + table.derived.map(\.name)
    if let column = cell.column, !columns.contains(column) {
      throw refusal(
        text, "table '\(table.name)' has no column '\(column)'", column, among: columns,
        of: "the table")
    }
    if cell.column == nil, table.values.count > 1 {
      throw refusal(
        text, "it does not say which column of table '\(table.name)'",
        why: "there are " + columns.joined(separator: ", "),
        fix: "name one: \(cell.view).\(columns[0])")
    }
    return cell
  }

  private static func refusal(
    _ text: String, _ what: String, _ name: String, among names: [String], of owner: String
  ) -> Diagnostic {
    refusal(
      text, what,
      why: names.isEmpty ? "\(owner) has none" : "there are " + names.joined(separator: ", "),
      fix: nearestName(to: name, in: names).map { "did you mean '\($0)'?" } ?? "")
  }

  private static func refusal(
    _ text: String, _ what: String, why: String, fix: String = ""
  ) -> Diagnostic {
    Diagnostic(
      at: SourceLocation(whole: SourceLocation.commandLine), "--objective '\(text)': \(what)",
      why: why, fix: fix)
  }
}

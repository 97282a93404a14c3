/// Reads cell expressions of claims and checks their tables, axes, labels and columns.
struct CellChecker {
  let reader: ViewReader
  let tables: [TableView]
  /// Whether labels must exist: only in profiles where the claim is judged.
  let checksLabels: Bool

  func cell(_ node: YAMLNode?, _ subject: String) -> CellExpression? {
    guard let node, let text = reader.errors.text(node, "cell of \(subject)") else { return nil }
    let expression: CellExpression
    do {
      expression = try CellExpression(parsing: text)
    } catch {
      reader.errors.error(
        at: Self.location(node, error.offset), "\(subject): \(error.message)",
        why: "cells are written table[axis=label].column, alone or in min, max, mean or range",
        fix: "quote labels with other characters: table[axis='a b']")
      return nil
    }
    guard let table = tables.first(where: { $0.name == expression.view }) else {
      if !reader.spec.declares(expression.view, in: "tables") {
        reader.errors.error(
          at: node.location, "\(subject): there is no table '\(expression.view)'",
          fix: DiagnosticCollector.remedy(
            for: expression.view, among: reader.spec.tableNames, none: "declare it under 'tables'"))
      }
      return nil
    }
    if !isHidden(table) { check(expression, table, node, subject) }
    return expression
  }

  /// Whether a change from outside left nothing of a table.
  private func isHidden(_ table: TableView) -> Bool {
    table.filters.contains { $0.labels.isEmpty }
  }

  /// The axis whose change from outside took away what a cell names, or all that it selects; `nil`
  /// when there is none.
  func narrowedAxis(of cell: CellExpression) -> String? {
    guard let table = tables.first(where: { $0.name == cell.view }),
      let stage = reader.stages[table.stage]
    else { return nil }
    let narrowed = stage.axes.filter { !$0.narrowedLabels.isEmpty }
    if isHidden(table) {
      return narrowed.first { axis in table.filters.contains { $0.column == axis.name } }?.name
    }
    for term in cell.terms {
      guard let axis = narrowed.first(where: { $0.name == term.axis }) else { continue }
      if term.labels.contains(where: { axis.isNarrowedAway(Self.node($0)) }) { return axis.name }
    }
    let terms = Set(cell.terms.map(\.axis))
    guard let axis = narrowed.first(where: { terms.contains($0.name) }) else { return nil }
    return places(of: cell, table, stage).isEmpty ? axis.name : nil
  }

  /// Whether it can be told which way the numbers of a cell are better.
  func knowsDirection(of cell: CellExpression) -> Bool {
    tables.contains { $0.name == cell.view }
  }

  /// Which way the numbers of a cell are better, as its table says or its column declares; `none`
  /// for a derived column of several values that disagree.
  func direction(of cell: CellExpression) -> Column.Direction {
    guard let table = tables.first(where: { $0.name == cell.view }) else { return .none }
    if let highlight = table.highlight {
      return highlight.prefersHigher.map { $0 ? .higher : .lower } ?? .none
    }
    let output = reader.stages[table.stage]?.outputs.first { $0.name == table.output }
    let named = table.values.filter { $0 == cell.column }
    let values = named.isEmpty ? table.values : named
    let directions = Set(
      values.map { name in output?.columns.first { $0.name == name }?.direction ?? .none })
    return directions.count == 1 ? directions.first ?? .none : .none
  }

  private func check(
    _ expression: CellExpression, _ table: TableView, _ node: YAMLNode, _ subject: String
  ) {
    let errors = reader.errors
    let dimensions = table.rows + table.columns
    let axes = reader.stages[table.stage]?.axes ?? []
    for term in expression.terms {
      guard dimensions.contains(term.axis) else {
        errors.error(
          at: node.location, "\(subject): table '\(table.name)' has no axis '\(term.axis)'",
          why: "its rows and columns: " + dimensions.joined(separator: ", "),
          fix: nearestName(to: term.axis, in: dimensions).map { "did you mean '\($0)'?" } ?? "")
        continue
      }
      guard checksLabels, let axis = axes.first(where: { $0.name == term.axis }) else { continue }
      for label in term.labels where axis.index(of: label) == nil {
        let written = Self.node(label, at: node.location)
        if !axis.isNarrowedAway(written) { errors.missingLabel(written, of: axis) }
      }
    }
    let columns = table.values + table.derived.map(\.name)
    if let column = expression.column {
      if !columns.contains(column) {
        errors.error(
          at: node.location, "\(subject): table '\(table.name)' has no column '\(column)'",
          why: "it has: " + columns.joined(separator: ", "),
          fix: nearestName(to: column, in: columns).map { "did you mean '\($0)'?" } ?? "")
      }
    } else if table.values.count > 1 {
      errors.error(
        at: node.location, "\(subject) does not say which column of table '\(table.name)'",
        why: "it has: " + columns.joined(separator: ", "),
        fix: "write \(expression.text).\(columns[0])")
    }
    let isKnown = expression.terms.allSatisfy { dimensions.contains($0.axis) }
    if checksLabels, isKnown, expression.function == nil {
      checkThatOneRemains(expression, table, node, subject)
    }
  }

  /// Refuses a selector without a function that leaves several cells, as far as the labels of axes
  /// tell; those that are columns of the results are known only afterwards.
  private func checkThatOneRemains(
    _ expression: CellExpression, _ table: TableView, _ node: YAMLNode, _ subject: String
  ) {
    // Without the rows that an 'if' takes away one may remain.
    guard let stage = reader.stages[table.stage], stage.spec.condition == nil else { return }
    let places = places(of: expression, table, stage)
    guard places.count > 1 else { return }
    let named = places.sorted { $0.lexicographicallyPrecedes($1) }.prefix(3)
      .map { $0.joined(separator: " / ") }
    reader.errors.error(
      at: node.location, "\(subject): '\(expression.text)' selects \(places.count) cells",
      why: "a claim is about one number; among them are " + named.joined(separator: ", "),
      fix: "name the labels of one, or take their min, max, mean or range")
  }

  /// The labels of each cell that an expression selects, as far as the labels of axes tell.
  private func places(
    of expression: CellExpression, _ table: TableView, _ stage: CheckedStage
  ) -> Set<[String]> {
    let isDerived = table.derived.contains { $0.name == expression.column }
    let dimensions = isDerived ? table.rows : table.rows + table.columns
    var places: Set<[String]> = []
    for row in stage.rows {
      let labels = Dictionary(
        zip(stage.axes, row).map { ($0.name, $0.entries[$1].label) },
        uniquingKeysWith: { first, _ in first })
      let isShown = table.filters.allSatisfy { filter in
        labels[filter.column].map(filter.labels.contains) ?? true
      }
      let isSelected = expression.terms.allSatisfy { term in
        labels[term.axis].map { term.labels.contains($0) != term.isNegated } ?? true
      }
      if isShown, isSelected { places.insert(dimensions.compactMap { labels[$0] }) }
    }
    return places
  }

  /// A label as a scalar of the specification.
  private static func node(
    _ label: String, at location: SourceLocation = SourceLocation(whole: "")
  ) -> YAMLNode {
    YAMLNode(.scalar(label, isPlain: false), at: location)
  }

  /// The place of a character of a scalar, where quotes and escapes leave it known.
  private static func location(_ node: YAMLNode, _ offset: Int) -> SourceLocation {
    let place = node.location
    let quotes = place.length - (node.text ?? "").unicodeScalars.count
    guard quotes == 0 || quotes == 2 else { return place }
    return SourceLocation(
      file: place.file, line: place.line, column: place.column + quotes / 2 + offset)
  }
}

/// A number that an expectation looks at, with its value in each group (seed).
package struct Measurement: Sendable, Hashable {
  /// The number that the table shows, after the expression's function.
  package let mean: Double
  /// The function applied within each group, in the table's order of groups.
  package let values: [Double]
  package let groups: [String]
  package let numbers: NumberStyle
  /// How much one trial more or less changes the number, for proportions.
  package var step: Double?

  package var text: String {
    NumberText.keeping(mean, as: numbers.text(mean))
  }
}

/// Why an expression selects no number.
struct MissingCell: Error, Hashable {
  let what: String
}

extension PivotTable {
  /// The number that an expression selects; only complete cells count, so an absent cell can
  /// never support a claim.
  func measure(_ expression: CellExpression) throws(MissingCell) -> Measurement {
    let places = try select(expression)
    for place in places where !cells[place.row][place.column].isComplete {
      let values = cells[place.row][place.column].values
      let missing = zip(groups, values).filter { $0.1 == nil }.map(\.0)
      let seeds = groupAxes.isEmpty ? "" : " for \(groupAxes.joined(separator: ",")) "
      throw MissingCell(
        what: "\(name(of: place)) has no value\(seeds)"
          + (groupAxes.isEmpty ? "" : missing.joined(separator: ", ")))
    }
    let cells = places.map { self.cells[$0.row][$0.column] }
    if expression.function == nil, cells.count > 1 {
      throw MissingCell(
        what:
          "'\(expression.text)' selects \(cells.count) cells; take their min, max, mean or range")
    }
    let byGroup = groups.indices.map { group in
      Self.apply(expression.function, cells.compactMap { $0.values[group] })
    }
    return Measurement(
      mean: Self.apply(expression.function, cells.compactMap(\.mean)), values: byGroup,
      groups: groups, numbers: numbers, step: cells.compactMap(step).max())
  }

  /// One trial of all that a proportion rests on, in shown units; `nil` for other numbers.
  private func step(_ cell: PivotCell) -> Double? {
    let trials = cell.trials.reduce(0, +)
    return trials > 0 ? scale / Double(trials) : nil
  }

  private static func apply(_ function: CellExpression.Function?, _ values: [Double]) -> Double {
    let low = values.min() ?? .nan
    let high = values.max() ?? .nan
    switch function {
    case .min: return low
    case .max, nil: return high
    case .mean: return values.reduce(0, +) / Double(values.count)
    case .range: return high - low
    }
  }

  /// The place of a cell in ``cells``.
  struct Place: Hashable {
    let row: Int
    let column: Int
  }

  /// "cell 'mix / worst' of 'asr'"
  private func name(of place: Place) -> String {
    let parts = (rows[place.row] + [columns[place.column].heading]).joined(separator: " / ")
    return "cell '\(parts)' of '\(name)'"
  }

  /// The cells that an expression speaks of, at least one.
  func select(_ expression: CellExpression) throws(MissingCell) -> [Place] {
    let candidates = try columns(for: expression)
    for term in expression.terms where !(rowAxes + columnAxes).contains(term.axis) {
      throw MissingCell(
        what: "table '\(name)' has no axis '\(term.axis)'; it has "
          + (rowAxes + columnAxes).joined(separator: ", "))
    }
    var selected: [Place] = []
    for row in rows.indices {
      let place = Dictionary(zip(rowAxes, rows[row]), uniquingKeysWith: { first, _ in first })
      for column in candidates {
        let labels = columns[column].labels
        let full = place.merging(zip(columnAxes, labels), uniquingKeysWith: { first, _ in first })
        let isWanted = expression.terms.allSatisfy { term in
          guard let label = full[term.axis] else { return false }
          return term.labels.contains(label) != term.isNegated
        }
        if isWanted { selected.append(Place(row: row, column: column)) }
      }
    }
    if selected.isEmpty { throw MissingCell(what: nothing(expression)) }
    return selected
  }

  /// The columns that the expression's column name allows.
  private func columns(for expression: CellExpression) throws(MissingCell) -> [Int] {
    let measured = columns.indices.filter { !columns[$0].isDerived }
    if let wanted = expression.column {
      let found = columns.indices.filter { columns[$0].value == wanted }
      if !found.isEmpty { return found }
    } else if Set(measured.map { columns[$0].value }).count == 1 {
      return measured
    }
    var known: [String] = []
    for column in columns where !known.contains(column.value) { known.append(column.value) }
    let names = known.joined(separator: ", ")
    guard let wanted = expression.column else {
      throw MissingCell(what: "'\(expression.text)' must name a column of '\(name)': \(names)")
    }
    throw MissingCell(what: "table '\(name)' has no column '\(wanted)'; it has \(names)")
  }

  private func nothing(_ expression: CellExpression) -> String {
    let axes = Set(expression.terms.map(\.axis))
    let known = (rowAxes + columnAxes).filter(axes.contains).map { axis in
      var labels: [String] = []
      for label in labelsOn(axis) where !labels.contains(label) { labels.append(label) }
      return "\(axis) is one of \(labels.joined(separator: ", "))"
    }
    let hint = known.isEmpty ? "" : "; " + known.joined(separator: "; ")
    return "'\(expression.text)' matches no cell" + hint
  }

  private func labelsOn(_ axis: String) -> [String] {
    if let index = rowAxes.firstIndex(of: axis) { return rows.map { $0[index] } }
    guard let index = columnAxes.firstIndex(of: axis) else { return [] }
    return columns.filter { !$0.isDerived }.map { $0.labels[index] }
  }
}

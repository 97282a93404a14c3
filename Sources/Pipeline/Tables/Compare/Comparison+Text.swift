/// What the forms of a comparison show.
package struct ComparisonOptions: Sendable {
  /// Whether equal cells are left out.
  package var showsOnlyDifferences = false
  /// Whether differences within each seed are shown with their interval and signs.
  package var showsPairs = false
  /// The axis whose labels the differences are summed up by; `nil` shows the cells.
  package var axis: String?

  package init() {}
}

extension Comparison {
  /// Facts, tables and counts for a terminal.
  package func terminalText(
    _ options: ComparisonOptions, width: Int = 100, style: PivotTable.Style = .plain
  ) -> String {
    var text = heading(bullet: "  ") + "\n"
    for sheet in sheets(options) { text += sheet.terminalText(width: width, style: style) + "\n" }
    return text + counts + "\n"
  }

  package func markdown(_ options: ComparisonOptions) -> String {
    let tables = sheets(options).map { $0.markdown + "\n" }.joined()
    return heading(bullet: "- ") + "\n" + tables + counts + "\n"
  }

  package func html(_ options: ComparisonOptions) -> String {
    let facts = heading(bullet: "").split(separator: "\n").map {
      "  <li>\(String($0).htmlEscaped)</li>\n"
    }
    return "<ul>\n" + facts.joined() + "</ul>\n" + sheets(options).map(\.html).joined()
      + "<p>\(counts.htmlEscaped)</p>\n"
  }

  /// One line for each cell.
  package func csv(_ options: ComparisonOptions) -> String {
    let shown = options.showsOnlyDifferences ? differing : cells
    let header = ["cell", "left", "right", "difference", "n", "judgement"]
    func text(_ number: Double?) -> String { number.map(Value.canonicalText) ?? "" }
    let rows = shown.map { cell in
      [
        cell.address.description, text(cell.left), text(cell.right), text(cell.difference),
        cell.trials.map(String.init) ?? "", cell.judgement.rawValue,
      ]
    }
    return SeparatedValues.text([header] + rows, separator: .comma)
  }

  /// "204 cells: 180 equal, 14 better, 10 worse"
  package var counts: String {
    if cells.isEmpty { return "no cell to compare: no side stores a table that can be" }
    let order: [CellDifference.Judgement] = [
      .equal, .better, .worse, .different, .onlyLeft, .onlyRight, .absent,
    ]
    let parts = order.compactMap { judgement in
      let count = cells.count { $0.judgement == judgement }
      return count == 0 ? nil : "\(count) \(judgement.rawValue)"
    }
    return "\(cells.count) cells: " + parts.joined(separator: ", ")
  }

  // MARK: What differs besides numbers

  private func heading(bullet: String) -> String {
    var lines = ["left   \(left.name)", "right  \(right.name)"]
    if left.facts.isEmpty || right.facts.isEmpty {
      lines.append("besides numbers, nothing is known of \(left.facts.isEmpty ? "left" : "right")")
    } else if facts.isEmpty, stages.isEmpty {
      lines.append("besides numbers, nothing differs")
    } else {
      lines.append("besides numbers, these differ:")
      lines += facts.map { bullet + $0.text }
      if !stages.isEmpty {
        let counts = stages.map { "\($0.stage) \($0.differing) of \($0.count)" }
        lines.append(bullet + "cache keys: " + counts.joined(separator: ", "))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Cells

  private func sheets(_ options: ComparisonOptions) -> [Sheet] {
    var names: [String] = []
    for cell in cells where !names.contains(cell.address.table) { names.append(cell.address.table) }
    return names.compactMap { name in
      let ours = cells.filter { $0.address.table == name }
      if let axis = options.axis { return summary(ours, name, by: axis) }
      let shown = options.showsOnlyDifferences ? ours.filter(\.differs) : ours
      return shown.isEmpty ? nil : sheet(shown, name, options)
    }
  }

  private func sheet(
    _ cells: [CellDifference], _ name: String, _ options: ComparisonOptions
  ) -> Sheet {
    let axes = Self.axes(of: cells)
    let hasColumns = cells.contains { $0.address.column != nil }
    let hasTrials = cells.contains { $0.trials != nil }
    var columns = axes.map { Sheet.Column($0, isText: true) }
    if hasColumns { columns.append(.init("column", isText: true)) }
    columns += ["left", "right", "right - left"].map { .init($0) }
    if hasTrials { columns.append(.init("n")) }
    if options.showsPairs {
      columns += ["paired mean", "95 % interval", "signs"].map { .init($0) }
    }
    columns.append(.init("", isText: true))
    return Sheet(
      title: name, columns: columns, labelCount: axes.count + (hasColumns ? 1 : 0),
      rows: cells.map { cell in
        var texts = axes.map { cell.address.label(on: $0) ?? "" }
        if hasColumns { texts.append(cell.address.column ?? "") }
        texts += [Self.text(cell.left, cell), Self.text(cell.right, cell)]
        texts.append(cell.judgement == .equal ? "" : Self.signed(cell.difference, cell))
        if hasTrials { texts.append(cell.trials.map(String.init) ?? "") }
        if options.showsPairs { texts += Self.pairTexts(cell) }
        texts.append(cell.judgement == .equal ? "" : cell.judgement.rawValue)
        return texts.map { Sheet.Cell($0) }
      })
  }

  private func summary(_ cells: [CellDifference], _ name: String, by axis: String) -> Sheet? {
    let labelled = cells.filter { $0.address.label(on: axis) != nil }
    if labelled.isEmpty { return nil }
    var labels: [String] = []
    for cell in labelled {
      let label = cell.address.label(on: axis) ?? ""
      if !labels.contains(label) { labels.append(label) }
    }
    let headings = ["cells", "differing", "mean right - left", "largest", "better", "worse"]
    return Sheet(
      title: name, columns: [.init(axis, isText: true)] + headings.map { .init($0) }, labelCount: 1,
      rows: labels.map { label in
        let ours = labelled.filter { $0.address.label(on: axis) == label }
        let differences = ours.compactMap(\.difference)
        let largest = differences.max { abs($0) < abs($1) }
        let mean =
          differences.isEmpty
          ? nil : differences.reduce(0, +) / Double(differences.count)
        let counts = [CellDifference.Judgement.better, .worse].map { judgement in
          String(ours.count { $0.judgement == judgement })
        }
        return
          ([
            label, String(ours.count), String(ours.count(where: \.differs)),
            Self.signed(mean, ours[0]), Self.signed(largest, ours[0]),
          ] + counts).map { Sheet.Cell($0) }
      })
  }

  static func axes(of cells: [CellDifference]) -> [String] {
    var axes: [String] = []
    for label in cells.flatMap(\.address.labels) where !axes.contains(label.axis) {
      axes.append(label.axis)
    }
    return axes
  }

  /// One digit more than the table shows, so that small differences are seen.
  private static func text(_ number: Double?, _ cell: CellDifference) -> String {
    number.map { cell.numbers.finer(by: 1).text($0) } ?? "–"
  }

  private static func signed(_ number: Double?, _ cell: CellDifference) -> String {
    guard let number else { return "–" }
    return (number > 0 ? "+" : "") + text(number, cell)
  }

  private static func pairTexts(_ cell: CellDifference) -> [String] {
    guard let statistics = SeedStatistics(cell.paired) else { return ["–", "–", "–"] }
    let zero = statistics.count - statistics.positive - statistics.negative
    let signs = "\(statistics.positive)+ \(statistics.negative)-" + (zero > 0 ? " \(zero)=" : "")
    let interval = statistics.interval.map {
      "\(signed($0.lowerBound, cell)) to \(signed($0.upperBound, cell))"
    }
    return [signed(statistics.mean, cell), interval ?? "one seed", signs]
  }
}

extension Comparison.FactDifference {
  /// "parameter epochs: 2 from profile smoke (x.yaml:9) -> 3 from command line"
  package var text: String {
    let kind = left?.kind ?? right?.kind ?? .parameter
    let name = left?.name ?? right?.name ?? ""
    let subject = kind.rawValue + (name.isEmpty ? "" : " \(name)")
    return "\(subject): \(Self.text(left)) -> \(Self.text(right))"
  }

  private static func text(_ fact: RunFact?) -> String {
    guard let fact else { return "none" }
    // A hash is told apart by its first digits.
    let isHash = fact.value.count >= 40 && fact.value.allSatisfy { $0.isHexDigit || $0 == "\"" }
    let value = isHash ? String(fact.value.filter(\.isHexDigit).prefix(8)) : fact.value
    return (value.isEmpty ? "unknown" : value) + (fact.origin.isEmpty ? "" : " from \(fact.origin)")
  }
}

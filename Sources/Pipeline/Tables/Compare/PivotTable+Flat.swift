extension PivotTable {
  /// The table as far as its CSV tells of it: each column by its heading, each cell by its mean.
  var flattened: PivotTable {
    let plain = columns.map {
      PivotColumn(
        labels: [], value: $0.heading, isDerived: false, direction: $0.direction,
        heading: $0.heading)
    }
    return PivotTable(
      name: name, title: title, source: source, filters: filters, dataset: dataset,
      rowAxes: rowAxes, columnAxes: [], groups: [""], groupAxes: [], unit: unit, scale: scale,
      numbers: numbers, showsSpread: false, bestIsHigher: bestIsHigher, rows: rows, columns: plain,
      cells: cells.map { $0.map { PivotCell(values: [$0.mean]) } })
  }

  /// Rows of CSV, header first, read as what ``separated(by:)`` writes of a table like this one:
  /// names of rows, then a column for each heading. What else stands there, as deviations, counts
  /// and the data set, is left out.
  ///
  /// - Returns: `nil` when the columns that name the rows are not there.
  init?(csv lines: [[String]], writtenAs table: PivotTable) {
    guard let header = lines.first else { return nil }
    let axes = table.rowAxes.filter { $0 != Self.rowNumber || header.contains($0) }
      .map { header.firstIndex(of: $0) }
    let labels = axes.compactMap(\.self)
    guard labels.count == axes.count else { return nil }
    let companions = Set(
      header.flatMap { [$0 + " sd", $0 + " n"] } + ["dataset", "dataset_hash"])
    let known = Set(table.columns.map(\.heading))
    let numbers = header.indices.filter {
      !labels.contains($0) && (known.contains(header[$0]) || !companions.contains(header[$0]))
    }
    self.init(
      flat: header, Array(lines.dropFirst()), labels: labels, numbers: numbers, name: table.name,
      directions: header.map { _ in .none })
  }

  /// Rows of texts with a header: at `labels` stand the columns that name the row, at `numbers`
  /// those that are compared. Rows of equal names are numbered.
  init(
    flat header: [String], _ rows: [[String]], labels: [Int], numbers: [Int], name: String,
    directions: [Column.Direction]
  ) {
    var names = rows.map { row in labels.map { row[$0] } }
    let isUnique = Set(names).count == names.count
    if !isUnique { names = names.enumerated().map { $1 + [String($0 + 1)] } }
    self.init(
      name: name, title: name, source: "", filters: [],
      dataset: DatasetReference(name: "", hash: ""),
      rowAxes: labels.map { header[$0] } + (isUnique ? [] : [Self.rowNumber]), columnAxes: [],
      groups: [""], groupAxes: [], unit: "", scale: 1, numbers: NumberStyle(decimals: 6),
      showsSpread: false, bestIsHigher: nil, rows: names,
      columns: numbers.map {
        PivotColumn(
          labels: [], value: header[$0], isDerived: false, direction: directions[$0],
          heading: header[$0])
      }, cells: rows.map { row in numbers.map { PivotCell(values: [Double(row[$0])]) } })
  }

  /// The axis of rows that nothing else tells apart.
  private static let rowNumber = "row"
}

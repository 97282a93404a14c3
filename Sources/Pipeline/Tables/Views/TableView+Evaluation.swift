extension TableView {
  /// Pivots the long form of the view's stage.
  ///
  /// A cell keeps one value per aggregated group (seed). A derived column is computed within each
  /// group and only where every column has a value, so the worst case of three seeds is the mean
  /// of three worst cases. An instance that failed leaves its row, with missing values.
  ///
  /// - Throws: a ``Diagnostic`` at the view for unknown columns, for values that are not numbers,
  ///   and for several rows that would fall into one cell.
  package func evaluate(
    _ instances: [InstanceResult], dataset: DatasetReference
  ) throws(Diagnostic) -> PivotTable {
    guard let long = LongTable(stage: stage, output: output, instances: instances) else {
      throw problem("stage '\(stage)' has no instance in this run", fix: "check its 'if'")
    }
    return try evaluate(long, dataset: dataset)
  }

  /// Pivots a long form that is at hand already; as ``evaluate(_:dataset:)``.
  package func evaluate(
    _ long: LongTable, dataset: DatasetReference
  ) throws(Diagnostic) -> PivotTable {
    guard !long.table.rows.isEmpty else {
      throw problem("stage '\(stage)' left no rows in '\(output)'", fix: "see the stage's log")
    }
    var pivot = Pivot(view: self, long: long, axes: try dimensions(in: long))
    for row in long.table.rows where pivot.keeps(row) {
      if let other = pivot.add(row) { throw collision(row, other, in: long) }
    }
    for labels in long.absent { pivot.addAbsent(labels) }
    guard !pivot.isEmpty else {
      throw problem("no row passes the filters", fix: "check the labels under 'where'")
    }
    return table(pivot, in: long, dataset: names(of: long, default: dataset))
  }

  private func table(
    _ pivot: Pivot, in long: LongTable, dataset: DatasetReference
  ) -> PivotTable {
    let directions = values.map { direction(of: $0, in: long) }
    let shared = Set(directions).count == 1 ? directions[0] : .none
    let measured = pivot.columnLabels.flatMap { labels in
      zip(values, directions).map { value, direction in
        PivotColumn(
          labels: labels, value: value, isDerived: false, direction: direction,
          heading: (labels + (values.count > 1 || labels.isEmpty ? [value] : []))
            .joined(separator: " "),
          isWhole: isWhole(value, in: long))
      }
    }
    let extra = derived.map {
      PivotColumn(
        labels: [], value: $0.name, isDerived: true, direction: shared, heading: $0.name)
    }
    let cells = pivot.rowLabels.map { row in
      let base = measured.map { pivot.cell(row: row, column: $0) }
      return base + derived.map { Self.derive($0.function, base, groups: pivot.groups.count) }
    }
    return PivotTable(
      name: name, title: title, source: "\(stage).\(output)",
      filters: filters.map { PivotTable.Filter(column: $0.column, labels: $0.labels) },
      dataset: dataset, rowAxes: rows, columnAxes: columns, groups: pivot.groups, groupAxes: over,
      unit: unit(in: long), scale: format.scale, numbers: format.numbers,
      showsSpread: format.showsSpread,
      bestIsHigher: highlight?.prefersHigher, rows: pivot.rowLabels, columns: measured + extra,
      cells: cells)
  }

  private func isWhole(_ value: String, in long: LongTable) -> Bool {
    format.scale == 1 && long.index(of: value).map { long.table.columns[$0].kind } == .int
  }

  /// What the view itself says, else what the column declares.
  private func direction(of value: String, in long: LongTable) -> Column.Direction {
    if let highlight {
      return highlight.prefersHigher.map { $0 ? .higher : .lower } ?? .none
    }
    return long.index(of: value).map { long.table.columns[$0].direction } ?? .none
  }

  /// The trials of an extreme are those of the smallest sample, those of a mean all together.
  private static func trials(
    _ function: Derived.Function, _ cells: [PivotCell], groups: Int
  ) -> [Int] {
    guard !cells.isEmpty, cells.allSatisfy({ !$0.trials.isEmpty }) else { return [] }
    return (0..<groups).map { group in
      let trials = cells.map { $0.trials[group] }
      return function == .mean ? trials.reduce(0, +) : trials.min() ?? 0
    }
  }

  private static func derive(
    _ function: Derived.Function, _ cells: [PivotCell], groups: Int
  ) -> PivotCell {
    PivotCell(
      values: (0..<groups).map { group in
        let values = cells.compactMap { $0.values[group] }
        guard values.count == cells.count, !values.isEmpty else { return nil }
        switch function {
        case .min: return values.min()
        case .max: return values.max()
        case .mean: return values.reduce(0, +) / Double(values.count)
        }
      }, trials: trials(function, cells, groups: groups))
  }

  // MARK: Columns

  /// Checks every name that the view uses.
  private func dimensions(in long: LongTable) throws(Diagnostic) -> Pivot.Axes {
    var axes = Pivot.Axes()
    axes.rows = try indices(rows, in: long)
    axes.columns = try indices(columns, in: long)
    axes.groups = try indices(over, in: long)
    axes.values = try indices(values, in: long)
    for filter in filters {
      axes.filters.append((try index(filter.column, in: long), filter.labels))
    }
    for index in axes.values where long.table.columns[index].kind == .string {
      throw problem(
        "column '\(long.table.columns[index].name)' holds strings, not numbers",
        fix: "name a measured column under \(wording.value)")
    }
    return axes
  }

  private func indices(_ names: [String], in long: LongTable) throws(Diagnostic) -> [Int] {
    var indices: [Int] = []
    for name in names { indices.append(try index(name, in: long)) }
    return indices
  }

  private func index(_ name: String, in long: LongTable) throws(Diagnostic) -> Int {
    if let index = long.index(of: name) { return index }
    let known = long.table.columns.map(\.name)
    throw problem(
      "'\(stage).\(output)' has no column '\(name)'",
      why: "it has: " + known.joined(separator: ", "),
      fix: nearestName(to: name, in: known).map { "did you mean '\($0)'?" } ?? "")
  }

  /// Two rows in one cell: names the columns that tell them apart, labels before measurements.
  private func collision(_ row: [Value], _ other: [Value], in long: LongTable) -> Diagnostic {
    let used = Set(rows + columns + values + over)
    let differing = long.table.columns.indices.filter {
      row[$0] != other[$0] && !used.contains(long.table.columns[$0].name)
    }.map { long.table.columns[$0] }
    let labels = differing.filter { $0.kind != .double }
    let names = (labels.isEmpty ? differing : labels).map { "'\($0.name)'" }
    return problem(
      "several rows fall into one cell",
      why: "they differ in " + (names.isEmpty ? "no column" : names.joined(separator: ", ")),
      fix: "add the column to \(wording.dimensions), or pin it under 'where'")
  }

  /// The data set that the rows themselves name, else that of the run.
  private func names(of long: LongTable, default fallback: DatasetReference) -> DatasetReference {
    guard let index = long.index(of: "dataset") else { return fallback }
    var names: [String] = []
    for row in long.table.rows where !names.contains(row[index].plainText) {
      names.append(row[index].plainText)
    }
    let name = names.joined(separator: ", ")
    return name == fallback.name ? fallback : DatasetReference(name: name, hash: "")
  }

  private func unit(in long: LongTable) -> String {
    let units = Set(values.compactMap { long.index(of: $0) }.map { long.table.columns[$0].unit })
    guard units.count == 1, let unit = units.first else { return "" }
    if unit == "fraction", format.scale == 100 { return "%" }
    return format.scale == 1 ? unit : ""
  }

  private func problem(_ what: String, why: String = "", fix: String) -> Diagnostic {
    Diagnostic(at: location, "\(wording.view) '\(name)': \(what)", why: why, fix: fix)
  }
}

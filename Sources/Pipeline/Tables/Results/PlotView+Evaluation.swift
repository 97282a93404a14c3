import Foundation

/// A finished figure file.
package struct Figure: Sendable, Hashable {
  package let title: String
  /// "asr_curve.svg"
  package let fileName: String
  package let data: Data
}

extension PlotView {
  /// Draws this plot.
  ///
  /// - Returns: one figure; several only for `images` of SVG artifacts, which cannot share a sheet.
  /// - Throws: a ``Diagnostic`` at the plot when a column, table or artifact is missing.
  package func evaluate(
    _ instances: [InstanceResult], tables: [String: PivotTable], dataset: DatasetReference
  ) throws(Diagnostic) -> [Figure] {
    switch kind {
    case .line: [try lineFigure(instances, dataset)]
    case .scatter: [try scatterFigure(instances, dataset)]
    case .heatmap: [try heatMapFigure(tables)]
    case .images: try imageFigures(instances, dataset)
    }
  }

  var heading: String { title.isEmpty || title == name ? name.spaced : title }

  private func figure(svg: String) -> Figure {
    Figure(title: heading, fileName: name + ".svg", data: Data(svg.utf8))
  }

  func problem(_ what: String, fix: String) -> Diagnostic {
    Diagnostic(at: location, "plot '\(name)': \(what)", fix: fix)
  }

  // MARK: Charts

  /// A column as an axis shows it: fractions in %, everything else in its unit.
  private struct Quantity {
    let scale: Double
    /// "asr (%)", "loss (nats)"
    let label: String

    init(_ column: Column) {
      let isFraction = column.unit == "fraction"
      scale = isFraction ? 100 : 1
      let unit = isFraction ? "%" : column.unit
      label = column.name.spaced + (unit.isEmpty ? "" : " (\(unit))")
    }
  }

  private func lineFigure(
    _ instances: [InstanceResult], _ dataset: DatasetReference
  ) throws(Diagnostic) -> Figure {
    let schema = instances.lazy.filter { $0.stage == stage }.compactMap { $0.tables[output] }
      .first?.columns
    let quantity = Quantity(schema?.first { $0.name == y } ?? Column(y, .double))
    var format = TableView.Format()
    format.scale = quantity.scale
    var view = TableView(
      name: name, title: title, stage: stage, output: output, rows: color.isEmpty ? [] : [color],
      columns: [x], values: [y], filters: filters, over: over, derived: [], format: format,
      highlight: nil, location: location)
    view.wording = .init(view: "plot", dimensions: "'color' or 'over'", value: "'y'")
    let table = try view.evaluate(instances, dataset: dataset)
    let labels = table.columns.map { $0.labels.joined(separator: " ") }
    let numbers = labels.compactMap(Double.init)
    let isNumeric = numbers.count == labels.count
    let places = isNumeric ? numbers : labels.indices.map(Double.init)
    let order = places.indices.sorted { places[$0] < places[$1] }
    let series = zip(table.rows, table.cells).map { labels, cells in
      let points = order.compactMap { column in
        cells[column].finiteMean.map {
          LineChart.Point(places[column], $0, spread: cells[column].standardDeviation)
        }
      }
      return LineChart.Series(labels.joined(separator: " "), points)
    }
    var chart = LineChart(title: heading, series: series)
    chart.subtitle = table.caption
    chart.xAxis = x.spaced
    chart.yAxis = quantity.label
    chart.legend = color.spaced
    chart.xCategories = isNumeric ? [] : labels
    // All of a hundred, unless that would flatten the lines or cut them off.
    let tops = series.flatMap { $0.points.map(\.y) }
    if table.unit == "%", let least = tops.min(), let top = tops.max(), least >= 0,
      (50...100).contains(top)
    {
      chart.yRange = 0...100
    }
    return figure(svg: chart.svg)
  }

  /// Every row of the long table is a point, labelled by the axes that `color` does not show.
  private func scatterFigure(
    _ instances: [InstanceResult], _ dataset: DatasetReference
  ) throws(Diagnostic) -> Figure {
    guard let long = LongTable(stage: stage, output: output, instances: instances) else {
      throw problem("stage '\(stage)' has no instance in this run", fix: "check its 'if'")
    }
    let xIndex = try index(of: x, in: long)
    let yIndex = try index(of: y, in: long)
    let xQuantity = Quantity(long.table.columns[xIndex])
    let yQuantity = Quantity(long.table.columns[yIndex])
    let colorIndex = color.isEmpty ? nil : try index(of: color, in: long)
    var kept: [(index: Int, labels: [String])] = []
    for filter in filters { kept.append((try index(of: filter.column, in: long), filter.labels)) }
    let others = long.axes.indices.filter {
      long.axes[$0] != color && !over.contains(long.axes[$0])
    }
    var names: [String] = []
    var points: [String: [ScatterChart.Point]] = [:]
    for row in long.table.rows {
      guard kept.allSatisfy({ $0.labels.contains(row[$0.index].plainText) }),
        let x = row[xIndex].number.map({ $0 * xQuantity.scale }), x.isFinite,
        let y = row[yIndex].number.map({ $0 * yQuantity.scale }), y.isFinite
      else { continue }
      let series = colorIndex.map { row[$0].plainText } ?? ""
      if points[series] == nil { names.append(series) }
      let label = others.map { row[$0].plainText }.joined(separator: " ")
      points[series, default: []].append(.init(x, y, label: label))
    }
    var chart = ScatterChart(
      title: heading, series: names.map { .init($0, points[$0] ?? []) })
    chart.subtitle = dataset.name
    chart.xAxis = xQuantity.label
    chart.yAxis = yQuantity.label
    chart.legend = color.spaced
    return figure(svg: chart.svg)
  }

  private func index(of column: String, in long: LongTable) throws(Diagnostic) -> Int {
    if let index = long.index(of: column) { return index }
    let known = long.table.columns.map(\.name)
    throw problem(
      "'\(stage).\(output)' has no column '\(column)'",
      fix: nearestName(to: column, in: known).map { "did you mean '\($0)'?" }
        ?? "it has: " + known.joined(separator: ", "))
  }

  private func heatMapFigure(_ tables: [String: PivotTable]) throws(Diagnostic) -> Figure {
    guard let table = tables[self.table] else {
      throw problem("there is no table '\(self.table)' to draw", fix: "see the message about it")
    }
    return figure(
      svg: table.heatMap(title: title.isEmpty || title == name ? table.title : title).svg)
  }
}

extension PivotTable {
  /// The means of the table as a heat map, derived columns set apart.
  package func heatMap(title: String) -> HeatMap {
    var map = HeatMap(
      title: title, rowLabels: rows.map { $0.joined(separator: " ") },
      columnLabels: columns.map(\.heading),
      cells: cells.map { $0.map { $0.isComplete ? $0.finiteMean : nil } })
    map.subtitle = caption
    map.rowAxis = rowAxes.joined(separator: ", ").spaced
    map.columnAxis = columnAxes.joined(separator: ", ").spaced
    map.unit = unit == "fraction" ? "" : unit
    map.decimals = min(numbers.decimals, unit == "%" ? 1 : 3)
    map.summaryColumns = columns.count(where: \.isDerived)
    if unit == "%" { map.range = 0...100 }
    if unit == "fraction" { map.range = 0...1 }
    return map
  }
}

extension String {
  /// A name as words: "test_opacity" reads "test opacity".
  var spaced: String { replacing("_", with: " ") }

  /// Only characters that every file system takes.
  var fileSafe: String {
    String(map { $0.isASCII && ($0.isLetter || $0.isNumber || "._+-".contains($0)) ? $0 : "_" })
  }
}

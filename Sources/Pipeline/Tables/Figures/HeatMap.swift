/// A matrix of numbers as coloured cells with the number written in each.
package struct HeatMap: Sendable {
  package var title: String
  /// Second line: the data set, what is averaged.
  package var subtitle = ""
  package var rowAxis = ""
  package var columnAxis = ""
  package var rowLabels: [String]
  package var columnLabels: [String]
  /// `[row][column]`, finite; `nil` for a value that is missing or not defined.
  package var cells: [[Double?]]
  /// Unit of the numbers, named at the colour scale ("ASR, %").
  package var unit = ""
  package var decimals = 1
  /// The numbers at the two ends of the colour scale; the cells' own range when `nil`.
  package var range: ClosedRange<Double>?
  /// How many of the last columns are summaries (worst, mean), set apart by a gap.
  package var summaryColumns = 0

  /// - Precondition: one row of cells per row label, one cell per column label.
  package init(
    title: String, rowLabels: [String], columnLabels: [String], cells: [[Double?]]
  ) {
    precondition(
      cells.count == rowLabels.count && cells.allSatisfy { $0.count == columnLabels.count },
      "heat map cells do not match \(rowLabels.count) x \(columnLabels.count) labels")
    self.title = title
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.cells = cells
  }

  /// Canonical SVG text, 800 units wide unless the labels need more.
  package var svg: String {
    let layout = Layout(self)
    var document = SVGDocument(width: layout.width, height: layout.height, title: title)
    document.text(title, x: 20, y: 30, size: 17, isBold: true)
    if !subtitle.isEmpty { document.text(subtitle, x: 20, y: 50, class: "muted") }
    drawAxes(in: &document, layout)
    for (row, values) in cells.enumerated() {
      for (column, value) in values.enumerated() {
        draw(value, row, column, in: &document, layout)
      }
    }
    drawScale(in: &document, layout)
    return document.text
  }

  private struct Layout {
    static let scaleWidth = 14.0
    let left: Double
    let top: Double
    let cellWidth: Double
    let cellHeight = 38.0
    let gap: Double
    let right: Double
    let width: Double
    let height: Double
    let firstSummary: Int

    init(_ map: HeatMap) {
      let columns = map.columnLabels.count
      firstSummary = columns - map.summaryColumns
      left = 36 + (map.rowLabels.map { SVGDocument.width(of: $0) }.max() ?? 0)
      gap = map.summaryColumns > 0 && map.summaryColumns < columns ? 14 : 0
      let widest = (map.columnLabels.map { SVGDocument.width(of: $0) }.max() ?? 0) + 8
      let room = (800 - left - gap - 100) / Double(max(columns, 1))
      cellWidth = max(46, widest, min(room, 110))
      top = (map.subtitle.isEmpty ? 62 : 80) + (map.columnAxis.isEmpty ? 0 : 20)
      right = left + cellWidth * Double(columns) + gap
      let titleWidth = SVGDocument.width(of: map.title, size: 17)
      width = max(right + 100, 40 + titleWidth, 40 + SVGDocument.width(of: map.subtitle))
      height = top + cellHeight * Double(max(map.rowLabels.count, 2)) + 26
    }

    func x(_ column: Int) -> Double {
      left + cellWidth * Double(column) + (column >= firstSummary ? gap : 0)
    }

    func y(_ row: Int) -> Double { top + cellHeight * Double(row) }
  }

  private var span: ClosedRange<Double> {
    if let range { return range }
    let values = cells.joined().compactMap(\.self)
    return (values.min() ?? 0)...(values.max() ?? 1)
  }

  private func drawAxes(in document: inout SVGDocument, _ layout: Layout) {
    if !rowAxis.isEmpty {
      document.text(rowAxis, x: layout.left - 10, y: layout.top - 8, class: "muted", anchor: .end)
    }
    if !columnAxis.isEmpty, layout.firstSummary > 0 {
      let end = layout.x(layout.firstSummary - 1) + layout.cellWidth
      document.text(
        columnAxis, x: (layout.left + end) / 2, y: layout.top - 28, class: "muted",
        anchor: .middle)
    }
    for (row, label) in rowLabels.enumerated() {
      document.text(
        label, x: layout.left - 10, y: layout.y(row) + layout.cellHeight / 2 + 4, anchor: .end)
    }
    for (column, label) in columnLabels.enumerated() {
      document.text(
        label, x: layout.x(column) + layout.cellWidth / 2, y: layout.top - 8, anchor: .middle,
        isBold: column >= layout.firstSummary)
    }
  }

  private func draw(
    _ value: Double?, _ row: Int, _ column: Int, in document: inout SVGDocument, _ layout: Layout
  ) {
    let colour = value.map { Palette.sequential(share(of: $0)) }
    document.rect(
      x: layout.x(column) + 1, y: layout.y(row) + 1, width: layout.cellWidth - 2,
      height: layout.cellHeight - 2, class: "empty", fill: colour.map(Palette.hexadecimal),
      radius: 3)
    let text = value.map { NumberText.fixed($0, decimals: decimals) } ?? "–"
    document.text(
      text, x: layout.x(column) + layout.cellWidth / 2,
      y: layout.y(row) + layout.cellHeight / 2 + 5, class: "muted", size: 13, anchor: .middle,
      fill: colour.map(Palette.ink(on:)))
  }

  private func share(of value: Double) -> Double {
    let share = value.share(from: span.lowerBound, to: span.upperBound)
    return share.isFinite ? share : 0.5
  }

  private func drawScale(in document: inout SVGDocument, _ layout: Layout) {
    let steps = 24
    let x = layout.right + 18
    let bottom = layout.y(max(rowLabels.count, 2))
    let step = (bottom - layout.top - 2) / Double(steps)
    for index in 0..<steps {
      let share = 1 - (Double(index) + 0.5) / Double(steps)
      document.rect(
        x: x, y: layout.top + 1 + Double(index) * step, width: Layout.scaleWidth,
        height: step + 0.5, fill: Palette.hexadecimal(Palette.sequential(share)))
    }
    let middle = span.lowerBound / 2 + span.upperBound / 2
    let ticks = [
      (span.upperBound, layout.top + 10), (middle, (layout.top + bottom) / 2 + 4),
      (span.lowerBound, bottom - 2),
    ]
    for (value, y) in ticks {
      document.text(
        NumberText.short(value, decimals: decimals), x: x + Layout.scaleWidth + 6, y: y,
        class: "muted", size: 11)
    }
    if !unit.isEmpty {
      document.text(unit, x: x, y: layout.top - 8, class: "muted", size: 11)
    }
  }
}

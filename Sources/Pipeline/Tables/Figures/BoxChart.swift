/// Box plots of samples, one row each: quartiles as a box, the median as a bar, whiskers to the
/// farthest value within one and a half box lengths.
///
/// The axis ends where the whiskers end. Values beyond them are dots, or, off the axis, a number at
/// the end of the row: a few far values would squeeze everything else.
package struct BoxChart: Sendable {
  package struct Box: Sendable, Equatable {
    package let whiskers: ClosedRange<Double>
    package let quartiles: ClosedRange<Double>
    package let median: Double
    /// Beyond the whiskers.
    package let outliers: [Double]

    /// - Precondition: whiskers hold the quartiles, and quartiles the median.
    package init(
      whiskers: ClosedRange<Double>, quartiles: ClosedRange<Double>, median: Double,
      outliers: [Double]
    ) {
      precondition(
        quartiles.contains(median) && whiskers.lowerBound <= quartiles.upperBound
          && whiskers.upperBound >= quartiles.lowerBound,
        "box: whiskers \(whiskers), quartiles \(quartiles), median \(median)")
      self.whiskers = whiskers
      self.quartiles = quartiles
      self.median = median
      self.outliers = outliers
    }
  }

  package var title: String
  package var subtitle = ""
  package var axis = ""
  package var rows: [(name: String, box: Box)]

  package init(title: String, rows: [(name: String, box: Box)]) {
    self.title = title
    self.rows = rows
  }

  private static let width = 800.0
  private static let rowHeight = 26.0
  private static let top = 64.0
  private static let noteWidth = 120.0

  /// Canonical SVG text, 800 units wide.
  package var svg: String {
    let scale = ChartScale(
      covering: rows.flatMap { [$0.box.whiskers.lowerBound, $0.box.whiskers.upperBound] })
    let left = 32 + (rows.map { SVGDocument.width(of: $0.name) }.max() ?? 0)
    let right = Self.width - Self.noteWidth
    let bottom = Self.top + Self.rowHeight * Double(rows.count)
    func place(_ value: Double) -> Double { left + (right - left) * scale.share(value) }
    var document = SVGDocument(width: Self.width, height: bottom + 56, title: title)
    document.text(title, x: 20, y: 28, size: 17, isBold: true)
    if !subtitle.isEmpty { document.text(subtitle, x: 20, y: 48, class: "muted") }
    for tick in scale.ticks {
      document.line((place(tick), Self.top), (place(tick), bottom), class: "grid")
      document.text(
        scale.label(tick), x: place(tick), y: bottom + 18, class: "muted", anchor: .middle)
    }
    document.line((left, bottom), (right, bottom), class: "axis")
    document.text(axis, x: (left + right) / 2, y: bottom + 42, anchor: .middle)
    for (index, row) in rows.enumerated() {
      let middle = Self.top + Self.rowHeight * (Double(index) + 0.5)
      document.text(row.name, x: left - 10, y: middle + 4, anchor: .end)
      draw(row.box, at: middle, in: &document, place)
      let beyond = row.box.outliers.filter { $0 > scale.upper }
      if let most = beyond.max() {
        let reach = scale.label(most, leastDecimals: 1)
        document.text(
          "\(beyond.count) more, to \(reach)", x: right + 10, y: middle + 4, class: "muted")
      }
      for value in row.box.outliers where (scale.lower...scale.upper).contains(value) {
        document.mark(series: 0, x: place(value), y: middle)
      }
    }
    return document.text
  }

  private func draw(
    _ box: Box, at middle: Double, in document: inout SVGDocument, _ place: (Double) -> Double
  ) {
    let half = Self.rowHeight * 0.3
    document.line(
      (place(box.whiskers.lowerBound), middle), (place(box.whiskers.upperBound), middle),
      class: "axis")
    for end in [box.whiskers.lowerBound, box.whiskers.upperBound] {
      document.line(
        (place(end), middle - half / 2), (place(end), middle + half / 2), class: "axis")
    }
    let (low, high) = (place(box.quartiles.lowerBound), place(box.quartiles.upperBound))
    document.rect(
      x: low, y: middle - half, width: max(1, high - low), height: 2 * half, class: "f0",
      attributes: "fill-opacity=\"0.4\"")
    document.line(
      (place(box.median), middle - half), (place(box.median), middle + half), class: "s0")
  }
}

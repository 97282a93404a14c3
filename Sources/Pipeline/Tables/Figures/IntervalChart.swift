/// Numbers with intervals by category, one colour and shape per series.
package struct IntervalChart: Sendable {
  package struct Mark: Sendable, Hashable {
    package let value: Double
    /// The interval; nil for a number that is known.
    package let interval: ClosedRange<Double>?

    package init(_ value: Double, _ interval: ClosedRange<Double>? = nil) {
      self.value = value
      self.interval = interval
    }
  }

  package struct Series: Sendable, Hashable {
    package let name: String
    /// One for each category; nil for none.
    package let marks: [Mark?]

    package init(_ name: String, _ marks: [Mark?]) {
      self.name = name
      self.marks = marks
    }
  }

  package var title: String
  package var subtitle = ""
  package var xAxis = ""
  package var yAxis = ""
  package var categories: [String]
  package var series: [Series]

  /// - Precondition: one mark or nil for each category in every series.
  package init(title: String, categories: [String], series: [Series]) {
    precondition(
      series.allSatisfy { $0.marks.count == categories.count },
      "interval chart: marks do not match \(categories.count) categories")
    self.title = title
    self.categories = categories
    self.series = series
  }

  /// Canonical SVG text, 800 units wide.
  package var svg: String {
    let reach = series.flatMap(\.marks).compactMap(\.self).flatMap { mark in
      [mark.value] + (mark.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    let frame = ChartFrame(
      subtitle: subtitle, seriesNames: series.map(\.name),
      x: ChartScale(categories: categories.count), y: ChartScale(covering: reach + [0]))
    var document = SVGDocument(width: ChartFrame.width, height: frame.height, title: title)
    frame.draw(
      in: &document, title: title, subtitle: subtitle, xAxis: xAxis, yAxis: yAxis,
      categories: categories)
    let zero = frame.point(0, 0).1
    document.line((frame.left, zero), (frame.right, zero), class: "axis")
    for (index, line) in series.enumerated() {
      // Side by side within four tenths of a category.
      let shift = (Double(index) + 0.5) / Double(series.count) * 0.4 - 0.2
      for (place, mark) in line.marks.enumerated() {
        guard let mark else { continue }
        let x = Double(place) + shift
        if let interval = mark.interval {
          let (low, high) = (
            frame.point(x, interval.lowerBound), frame.point(x, interval.upperBound)
          )
          let style = "s\(index % Palette.series.count)"
          document.line(low, high, class: style)
          for end in [low, high] {
            document.line((end.0 - 4, end.1), (end.0 + 4, end.1), class: style)
          }
        }
        let place = frame.point(x, mark.value)
        document.mark(series: index, x: place.0, y: place.1)
      }
    }
    frame.drawLegend(in: &document, series.map(\.name), title: "")
    return document.text
  }
}

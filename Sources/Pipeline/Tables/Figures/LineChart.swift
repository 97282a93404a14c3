/// Lines of y over x, one per series, with an optional band of one standard deviation.
package struct LineChart: Sendable {
  package struct Point: Sendable, Hashable {
    package let x: Double
    package let y: Double
    /// Half the height of the band at this point; `nil` for none.
    package let spread: Double?

    package init(_ x: Double, _ y: Double, spread: Double? = nil) {
      self.x = x
      self.y = y
      self.spread = spread
    }
  }

  package struct Series: Sendable, Hashable {
    package let name: String
    /// By rising x.
    package let points: [Point]

    package init(_ name: String, _ points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  package var title: String
  package var subtitle = ""
  package var xAxis = ""
  package var yAxis = ""
  /// What the series differ in, above the legend.
  package var legend = ""
  /// Names of the places x = 0, 1, 2... when x is not a number.
  package var xCategories: [String] = []
  package var yRange: ClosedRange<Double>?
  package var series: [Series]

  package init(title: String, series: [Series]) {
    self.title = title
    self.series = series
  }

  /// Canonical SVG text, 800 units wide.
  package var svg: String {
    let points = series.flatMap(\.points)
    let x =
      xCategories.isEmpty
      ? ChartScale(covering: points.map(\.x)) : ChartScale(categories: xCategories.count)
    let reach = points.flatMap { [$0.y - ($0.spread ?? 0), $0.y, $0.y + ($0.spread ?? 0)] }
    let frame = ChartFrame(
      subtitle: subtitle, seriesNames: series.map(\.name) + [legend], x: x,
      y: ChartScale(covering: reach, fixed: yRange))
    var document = SVGDocument(width: ChartFrame.width, height: frame.height, title: title)
    frame.draw(
      in: &document, title: title, subtitle: subtitle, xAxis: xAxis, yAxis: yAxis,
      categories: xCategories)
    for (index, line) in series.enumerated() { drawBand(line, index, in: &document, frame) }
    for (index, line) in series.enumerated() { draw(line, index, in: &document, frame) }
    frame.drawLegend(in: &document, series.map(\.name), title: legend)
    return document.text
  }

  private func drawBand(
    _ line: Series, _ index: Int, in document: inout SVGDocument, _ frame: ChartFrame
  ) {
    let banded = line.points.compactMap { point in point.spread.map { (point, $0) } }
    guard banded.count > 1 else { return }
    let above = banded.map { frame.point($0.x, min($0.y + $1, frame.y.upper)) }
    let below = banded.reversed().map { frame.point($0.x, max($0.y - $1, frame.y.lower)) }
    document.path(
      above + below, class: "f\(index % Palette.series.count)", attributes: "opacity=\"0.16\"",
      isClosed: true)
  }

  private func draw(
    _ line: Series, _ index: Int, in document: inout SVGDocument, _ frame: ChartFrame
  ) {
    let places = line.points.map { frame.point($0.x, $0.y) }
    var attributes = "fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\""
    if index >= Palette.series.count { attributes += " stroke-dasharray=\"6 4\"" }
    document.path(places, class: "s\(index % Palette.series.count)", attributes: attributes)
    for place in places { document.mark(series: index, x: place.0, y: place.1) }
  }
}

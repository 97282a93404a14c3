/// Points of y against x, one colour and shape per series, labelled where there is room.
package struct ScatterChart: Sendable {
  package struct Point: Sendable, Hashable {
    package let x: Double
    package let y: Double
    package let label: String

    package init(_ x: Double, _ y: Double, label: String = "") {
      self.x = x
      self.y = y
      self.label = label
    }
  }

  package struct Series: Sendable, Hashable {
    package let name: String
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
  package var xRange: ClosedRange<Double>?
  package var yRange: ClosedRange<Double>?
  package var series: [Series]

  package init(title: String, series: [Series]) {
    self.title = title
    self.series = series
  }

  /// Canonical SVG text, 800 units wide.
  package var svg: String {
    let points = series.flatMap(\.points)
    let frame = ChartFrame(
      subtitle: subtitle, seriesNames: series.map(\.name) + [legend],
      x: ChartScale(covering: points.map(\.x), fixed: xRange),
      y: ChartScale(covering: points.map(\.y), fixed: yRange))
    var document = SVGDocument(width: ChartFrame.width, height: frame.height, title: title)
    frame.draw(
      in: &document, title: title, subtitle: subtitle, xAxis: xAxis, yAxis: yAxis, categories: [])
    for (index, cloud) in series.enumerated() {
      for point in cloud.points {
        let place = frame.point(point.x, point.y)
        document.mark(series: index, x: place.0, y: place.1)
      }
    }
    drawLabels(in: &document, frame)
    frame.drawLegend(in: &document, series.map(\.name), title: legend)
    return document.text
  }

  private struct Box {
    let left, top, right, bottom: Double

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  /// Writes each label right, left, above or below its point, wherever it first fits; a label
  /// that would cover another or a point is left out.
  private func drawLabels(in document: inout SVGDocument, _ frame: ChartFrame) {
    let points = series.flatMap(\.points)
    var taken = points.map { point in
      let (x, y) = frame.point(point.x, point.y)
      return Box(left: x - 5, top: y - 5, right: x + 5, bottom: y + 5)
    }
    for point in points where !point.label.isEmpty {
      let (x, y) = frame.point(point.x, point.y)
      let width = SVGDocument.width(of: point.label, size: 11)
      let corners = [
        (x + 9, y + 4), (x - 9 - width, y + 4), (x - width / 2, y - 9), (x - width / 2, y + 17),
      ]
      for (left, baseline) in corners {
        let box = Box(left: left, top: baseline - 9, right: left + width, bottom: baseline + 2)
        let fits = left > frame.left && left + width < frame.right && box.top > frame.top - 8
        guard fits, baseline < frame.bottom, !taken.contains(where: box.overlaps) else { continue }
        taken.append(box)
        document.text(
          point.label, x: left + width / 2, y: baseline, class: "muted", size: 11, anchor: .middle)
        break
      }
    }
  }
}

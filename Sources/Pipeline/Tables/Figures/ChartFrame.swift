/// Title, axes, grid and legend: what line and scatter charts share.
struct ChartFrame {
  let left = 68.0
  let top: Double
  let right: Double
  let bottom: Double
  let height: Double
  let x: ChartScale
  let y: ChartScale
  static let width = 800.0

  init(subtitle: String, seriesNames: [String], x: ChartScale, y: ChartScale) {
    self.x = x
    self.y = y
    top = subtitle.isEmpty ? 52 : 72
    bottom = top + 330
    height = bottom + 56
    let longest = seriesNames.map { SVGDocument.width(of: $0) }.max() ?? 0
    right = seriesNames.count > 1 ? Self.width - min(longest + 54, 280) : Self.width - 28
  }

  func point(_ xValue: Double, _ yValue: Double) -> (Double, Double) {
    (left + (right - left) * x.share(xValue), bottom - (bottom - top) * y.share(yValue))
  }

  func draw(
    in document: inout SVGDocument, title: String, subtitle: String, xAxis: String,
    yAxis: String, categories: [String]
  ) {
    document.text(title, x: 20, y: 28, size: 17, isBold: true)
    if !subtitle.isEmpty { document.text(subtitle, x: 20, y: 48, class: "muted") }
    for tick in y.ticks {
      let at = point(x.lower, tick).1
      document.line((left, at), (right, at), class: "grid")
      document.text(y.label(tick), x: left - 8, y: at + 4, class: "muted", anchor: .end)
    }
    for (index, tick) in x.ticks.enumerated() {
      let at = point(tick, y.lower).0
      document.line((at, bottom), (at, bottom + 5), class: "axis")
      let label = index < categories.count ? categories[index] : x.label(tick)
      document.text(label, x: at, y: bottom + 20, class: "muted", anchor: .middle)
    }
    document.line((left, bottom), (right, bottom), class: "axis")
    document.text(xAxis, x: (left + right) / 2, y: bottom + 42, anchor: .middle)
    document.text(
      yAxis, x: 20, y: (top + bottom) / 2, anchor: .middle, rotation: -90)
  }

  /// One line per series with its mark; nothing for a single series, which the title names.
  func drawLegend(in document: inout SVGDocument, _ names: [String], title: String) {
    guard names.count > 1 else { return }
    var at = top + 10
    if !title.isEmpty {
      document.text(title, x: right + 18, y: at, class: "muted")
      at += 20
    }
    for (index, name) in names.enumerated() {
      document.mark(series: index, x: right + 24, y: at - 4)
      document.text(name, x: right + 36, y: at)
      at += 20
    }
  }
}

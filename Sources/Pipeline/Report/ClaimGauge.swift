/// A claim's number on a line: what is accepted, ours with its seeds, and the paper's.
struct ClaimGauge {
  private static let width = 380.0
  private static let margin = 22.0
  private static let line = 34.0

  private let gauge: ExpectationResult.Gauge
  private let seeds: [Double]
  private let numbers: NumberStyle
  private let low: Double
  private let high: Double

  init(_ gauge: ExpectationResult.Gauge, seeds: [Double], numbers: NumberStyle) {
    self.gauge = gauge
    self.seeds = seeds
    self.numbers = numbers
    let marks = [gauge.value] + [gauge.lower, gauge.upper, gauge.paper].compactMap(\.self) + seeds
    let least = marks.min() ?? 0
    let most = marks.max() ?? 0
    let room = most > least ? (most - least) * 0.12 : max(abs(most) * 0.1, 0.5)
    low = least - room
    high = most + room
  }

  /// The picture; `claim` names it for readers who do not see it.
  func element(claim: String) -> HTML {
    var document = SVGDocument(width: Self.width, height: 82, title: label(claim))
    let y = Self.line
    let start = gauge.lower.map(x) ?? Self.margin
    let end = gauge.upper.map(x) ?? Self.width - Self.margin
    document.rect(
      x: start, y: y - 9, width: max(end - start, 2), height: 18, class: "accepted", radius: 3)
    document.line((Self.margin, y), (Self.width - Self.margin, y), class: "axis")
    for bound in [gauge.lower, gauge.upper].compactMap(\.self) {
      document.line((x(bound), y - 12), (x(bound), y + 12), class: "bound")
    }
    if let bound = gauge.lower ?? gauge.upper {
      let word = gauge.lower == nil ? "at most" : gauge.upper == nil ? "at least" : "from"
      let other = gauge.lower == nil ? nil : gauge.upper
      let text = "required: \(word) \(number(bound))" + (other.map { " to " + number($0) } ?? "")
      write(text, at: bound, y: y + 44, "accent", &document)
    }
    for seed in seeds {
      document.path(
        [(x(seed), y - 7), (x(seed), y + 7)], class: "s0", attributes: "stroke-width=\"2\"")
    }
    if let paper = gauge.paper {
      document.path(
        [(x(paper), y + 2), (x(paper) + 6, y + 13), (x(paper) - 6, y + 13)], class: "f1 halo",
        isClosed: true)
      write("paper \(number(paper))", at: paper, y: y + 27, "ink", &document)
    }
    document.path(
      [
        (x(gauge.value), y - 8), (x(gauge.value) + 8, y), (x(gauge.value), y + 8),
        (x(gauge.value) - 8, y),
      ], class: "f0 halo", isClosed: true)
    write("ours \(number(gauge.value))", at: gauge.value, y: y - 16, "strong", &document)
    return HTML(trusted: document.element)
  }

  private func label(_ claim: String) -> String {
    var parts = ["ours \(number(gauge.value))"]
    if let paper = gauge.paper { parts.append("paper \(number(paper))") }
    if let lower = gauge.lower { parts.append("at least \(number(lower)) required") }
    if let upper = gauge.upper { parts.append("at most \(number(upper)) required") }
    return "\(claim): " + parts.joined(separator: ", ")
  }

  private func number(_ value: Double) -> String {
    NumberText.keeping(value, as: numbers.shortText(value))
      .replacing("-", with: "−")
  }

  private func x(_ value: Double) -> Double {
    Self.margin + (Self.width - 2 * Self.margin) * value.share(from: low, to: high)
  }

  /// Centred below or above its place, but inside the picture.
  private func write(
    _ text: String, at value: Double, y: Double, _ style: String,
    _ document: inout SVGDocument
  ) {
    let half = SVGDocument.width(of: text, size: 12) / 2
    let at = min(max(x(value), half), Self.width - half)
    document.text(text, x: at, y: y, class: style, anchor: .middle, isBold: style == "strong")
  }
}

/// Writes SVG text with fixed number formatting, so equal figures have equal bytes.
///
/// The document brings its own ground and two sets of colours: light, and dark for readers who
/// prefer it.
struct SVGDocument {
  enum Anchor: String { case start, middle, end }

  private let width: Double
  private let height: Double
  private let title: String
  private var body = ""

  init(width: Double, height: Double, title: String) {
    self.width = width
    self.height = height
    self.title = title
  }

  /// The complete document, which can stand alone in a file.
  var text: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" \(attributes)>
    <title>\(Self.escaped(title))</title>
    \(Self.styleElement)
    <rect class="ground" width="\(Self.number(width))" height="\(Self.number(height))"/>
    \(body)</svg>

    """
  }

  /// The document as an element of a page that has the classes of ``styleElement``.
  var element: String {
    "<svg \(attributes)>\n<title>\(Self.escaped(title))</title>\n\(body)</svg>"
  }

  private var attributes: String {
    "viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" "
      + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" role=\"img\" "
      + "font-family=\"'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"12\""
  }

  /// Both sets of colours; the same in every document.
  static let styleElement = """
    <style>
    \(style(ground: "#ffffff", ink: "#1f2328", muted: "#59636e", grid: "#e2e6ea",
      empty: "#eef0f2", series: Palette.series.map(\.light)))
    @media (prefers-color-scheme: dark) {
    \(style(ground: "#0f1318", ink: "#e6edf3", muted: "#9aa4ae", grid: "#2a3139",
      empty: "#1c2229", series: Palette.series.map(\.dark)))
    }
    </style>
    """

  private static func style(
    ground: String, ink: String, muted: String, grid: String, empty: String, series: [String]
  ) -> String {
    let base = """
      .ground{fill:\(ground)}.ink{fill:\(ink)}.muted{fill:\(muted)}.empty{fill:\(empty)}
      .grid{stroke:\(grid)}.axis{stroke:\(muted)}.halo{stroke:\(ground)}
      """
    let hues = series.enumerated().map { ".s\($0){stroke:\($1)}.f\($0){fill:\($1)}" }
    return base + "\n" + hues.joined()
  }

  mutating func text(
    _ string: String, x: Double, y: Double, class style: String = "ink", size: Int = 12,
    anchor: Anchor = .start, isBold: Bool = false, fill: String? = nil, rotation: Int = 0
  ) {
    var attributes = "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    attributes += fill.map { " fill=\"\($0)\"" } ?? " class=\"\(style)\""
    if size != 12 { attributes += " font-size=\"\(size)\"" }
    if anchor != .start { attributes += " text-anchor=\"\(anchor.rawValue)\"" }
    if isBold { attributes += " font-weight=\"600\"" }
    if rotation != 0 {
      attributes += " transform=\"rotate(\(rotation) \(Self.number(x)) \(Self.number(y)))\""
    }
    body += "<text \(attributes)>\(Self.escaped(string))</text>\n"
  }

  mutating func rect(
    x: Double, y: Double, width: Double, height: Double, class style: String = "",
    fill: String? = nil, radius: Double = 0, attributes extra: String = ""
  ) {
    var attributes = "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    attributes += " width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
    attributes += fill.map { " fill=\"\($0)\"" } ?? " class=\"\(style)\""
    if radius > 0 { attributes += " rx=\"\(Self.number(radius))\"" }
    if !extra.isEmpty { attributes += " \(extra)" }
    body += "<rect \(attributes)/>\n"
  }

  mutating func line(_ from: (Double, Double), _ to: (Double, Double), class style: String) {
    body += "<line x1=\"\(Self.number(from.0))\" y1=\"\(Self.number(from.1))\" "
    body += "x2=\"\(Self.number(to.0))\" y2=\"\(Self.number(to.1))\" class=\"\(style)\"/>\n"
  }

  /// A path through the points, closed and filled when `isClosed`.
  mutating func path(
    _ points: [(Double, Double)], class style: String, attributes: String = "",
    isClosed: Bool = false
  ) {
    let steps = points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(Self.number(point.0)) \(Self.number(point.1))"
    }
    body += "<path d=\"\(steps.joined())\(isClosed ? "Z" : "")\" class=\"\(style)\""
    body += attributes.isEmpty ? "/>\n" : " \(attributes)/>\n"
  }

  /// Filled areas in one path: closed rings of whole numbers, placed and scaled. What an even number
  /// of rings encloses is a hole.
  mutating func areas(
    _ rings: [[(Int, Int)]], x: Double, y: Double, scale: Double, class style: String,
    fill: String?
  ) {
    guard !rings.isEmpty else { return }
    var steps = ""
    for ring in rings {
      var before = (0, 0)
      for (index, point) in ring.enumerated() {
        if index == 0 {
          steps += "M\(point.0) \(point.1)l"
        } else {
          let (dx, dy) = (point.0 - before.0, point.1 - before.1)
          // A sign separates numbers by itself.
          steps += (index > 1 && dx >= 0 ? " " : "") + "\(dx)" + (dy >= 0 ? " " : "") + "\(dy)"
        }
        before = point
      }
      steps += "z"
    }
    body += "<path d=\"\(steps)\" fill-rule=\"evenodd\""
    body += fill.map { " fill=\"\($0)\" class=\"halo\"" } ?? " class=\"\(style) halo\""
    body += " stroke-width=\"0.5\" transform=\"translate(\(Self.number(x)) \(Self.number(y)))"
    body += " scale(\(Self.number(scale)))\"/>\n"
  }

  /// A curve that leaves and arrives level: an edge between boxes from left to right.
  mutating func levelCurve(
    _ from: (Double, Double), _ to: (Double, Double), class style: String, attributes: String
  ) {
    let middle = Self.number((from.0 + to.0) / 2)
    body += "<path d=\"M\(Self.number(from.0)) \(Self.number(from.1))C\(middle) "
    body += "\(Self.number(from.1)) \(middle) \(Self.number(to.1)) \(Self.number(to.0)) "
    body += "\(Self.number(to.1))\" class=\"\(style)\" \(attributes)/>\n"
  }

  /// Draws what belongs together, with a text that readers see when they point at it.
  ///
  /// - Parameters:
  ///   - label: the text.
  ///   - anchor: name of a place in the page that it leads to.
  ///   - draw: draws the content.
  mutating func group(
    label: String, anchor: String? = nil, _ draw: (inout SVGDocument) -> Void
  ) {
    body += anchor.map { "<a href=\"#\(Self.escaped($0))\">" } ?? "<g>"
    body += "<title>\(Self.escaped(label))</title>\n"
    draw(&self)
    body += anchor == nil ? "</g>\n" : "</a>\n"
  }

  /// The mark of a series: colour and shape both tell it apart.
  mutating func mark(series: Int, x: Double, y: Double) {
    let style = "f\(series % Palette.series.count) halo"
    let r = 4.5
    switch series % 4 {
    case 0:
      body += "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(r))\" "
      body += "class=\"\(style)\" stroke-width=\"1\"/>\n"
    case 1:
      path(
        [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)], class: style,
        isClosed: true)
    case 2:
      path([(x, y - r - 1), (x + r + 1, y + r), (x - r - 1, y + r)], class: style, isClosed: true)
    default:
      path(
        [(x, y - r - 1.5), (x + r + 1.5, y), (x, y + r + 1.5), (x - r - 1.5, y)], class: style,
        isClosed: true)
    }
  }

  /// Estimated width of a text: the fonts of readers differ, so this errs on the wide side.
  static func width(of string: String, size: Int = 12) -> Double {
    Double(string.count) * Double(size) * 0.62
  }

  private static func number(_ value: Double) -> String { NumberText.short(value) }

  private static func escaped(_ string: String) -> String {
    var text = ""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      // Other control characters may not stand in XML at all.
      case _ where scalar.value < 0x20: text += " "
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

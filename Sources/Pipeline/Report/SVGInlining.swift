/// Takes a figure of this program's own making into a page.
///
/// The markup is read element by element against a list of what ``SVGDocument`` writes; anything
/// else (scripts, links, references, foreign style) makes the figure a picture that browsers show
/// in isolation.
struct SVGInlining {
  private static let elements: Set<Substring> = [
    "svg", "g", "title", "text", "tspan", "rect", "line", "path", "circle",
  ]
  private static let attributes: Set<Substring> = [
    "viewBox", "width", "height", "role", "font-family", "font-size", "font-weight", "text-anchor",
    "transform", "class", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "d", "fill",
    "fill-rule", "stroke", "stroke-width", "stroke-linejoin", "stroke-dasharray", "opacity",
  ]

  private var rest: Substring
  private var open: [Substring] = []
  private var result = ""

  /// The figure without its name space, ground and style, which the page brings; `nil` when it is
  /// not of our making.
  static func html(_ svg: String) -> HTML? {
    let text = svg.drop { $0.isWhitespace }
    guard text.hasPrefix("<svg ") else { return nil }
    var reader = SVGInlining(rest: text)
    return reader.read() ? HTML(trusted: reader.result) : nil
  }

  private init(rest: Substring) { self.rest = rest }

  private mutating func read() -> Bool {
    while !rest.isEmpty {
      let text = rest.prefix { $0 != "<" }
      guard Self.isEscaped(text) else { return false }
      result += text
      rest = rest[text.endIndex...]
      if rest.isEmpty { break }
      guard readTag() else { return false }
    }
    return open.isEmpty
  }

  private mutating func readTag() -> Bool {
    if rest.hasPrefix(SVGDocument.styleElement) {
      rest = rest.dropFirst(SVGDocument.styleElement.count)
      return true
    }
    guard let end = rest.firstIndex(of: ">") else { return false }
    var tag = rest[rest.startIndex..<end].dropFirst()
    rest = rest[rest.index(after: end)...]
    if tag.hasPrefix("/") {
      guard open.popLast() == tag.dropFirst() else { return false }
      result += "<\(tag)>"
      return true
    }
    let isClosed = tag.hasSuffix("/")
    if isClosed { tag = tag.dropLast() }
    let name = tag.prefix { $0 != " " && $0 != "\n" }
    guard Self.elements.contains(name), !open.isEmpty || name == "svg" else { return false }
    guard let kept = attributes(tag.dropFirst(name.count)) else { return false }
    if isClosed {
      if name == "rect", kept.contains(" class=\"ground\"") { return true }
    } else {
      open.append(name)
    }
    result += "<\(name)\(kept)\(isClosed ? "/" : "")>"
    return true
  }

  /// `name="value"` pairs, each known and harmless; `nil` otherwise.
  private func attributes(_ text: Substring) -> String? {
    var rest = text.drop { $0.isWhitespace }
    var kept = ""
    while !rest.isEmpty {
      guard let sign = rest.firstRange(of: "=\"") else { return nil }
      let name = rest[..<sign.lowerBound]
      rest = rest[sign.upperBound...]
      guard let end = rest.firstIndex(of: "\"") else { return nil }
      let value = rest[..<end]
      rest = rest[rest.index(after: end)...].drop { $0.isWhitespace }
      if name == "xmlns" { continue }
      guard Self.attributes.contains(name), Self.isEscaped(value), !value.contains("<"),
        !value.contains("url(")
      else { return nil }
      kept += " \(name)=\"\(value)\""
    }
    return kept
  }

  private static func isEscaped(_ text: Substring) -> Bool {
    var rest = text
    while let sign = rest.firstIndex(of: "&") {
      rest = rest[sign...]
      guard let known = ["&amp;", "&lt;", "&gt;", "&quot;"].first(where: rest.hasPrefix) else {
        return false
      }
      rest = rest.dropFirst(known.count)
    }
    return text.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && $0.value < 0xFFFE || $0 == "\n" || $0 == "\t"
    }
  }
}

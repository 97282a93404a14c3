/// A piece of an HTML page that is also well-formed XML.
///
/// Text is escaped where it enters, and names of elements and attributes are literals of this
/// program: no content can become markup.
package struct HTML: Sendable, Hashable {
  package private(set) var markup: String

  package static let empty = HTML(trusted: "")

  /// Text, escaped; control characters become their pictures.
  package init(_ text: String) {
    markup = HTML.escaped(text)
  }

  /// - Parameter markup: written by this program, its content escaped already.
  init(trusted markup: String) {
    self.markup = markup
  }

  static func joined(_ pieces: [HTML], by separator: String = "") -> HTML {
    HTML(trusted: pieces.map(\.markup).joined(separator: escaped(separator)))
  }

  package static func + (left: HTML, right: HTML) -> HTML {
    HTML(trusted: left.markup + right.markup)
  }

  var byteCount: Int { markup.utf8.count }

  fileprivate static func escaped(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "&") && byte != UInt8(ascii: "<")
        && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "\"")
    }
    if isPlain { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20: result += picture(of: scalar.value)
      case _ where scalar.value == 0x7F: result += "\u{2421}"
      // Controls of C1, and what turns the direction of the text that follows.
      case "\u{80}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
        "\u{FFFE}"..."\u{FFFF}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The sign that stands for a control character: ␛ for escape.
  private static func picture(of control: UInt32) -> String {
    Unicode.Scalar(0x2400 + control).map(String.init) ?? ""
  }
}

/// One element of a page.
///
/// - Parameters:
///   - name: `meta` and `img` have no content.
///   - attributes: in this order; a `nil` value leaves the attribute out.
///   - content: texts and elements.
/// - Returns: the element with its content.
package func tag(
  _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:],
  @HTMLBuilder _ content: () -> HTML = { .empty }
) -> HTML {
  var markup = "<\(name)"
  for (key, value) in attributes {
    if let value { markup += " \(key)=\"\(HTML.escaped(value))\"" }
  }
  if ["meta", "img"].contains("\(name)") { return HTML(trusted: markup + "/>") }
  return HTML(trusted: "\(markup)>\(content().markup)</\(name)>")
}

/// Lets the content of an element be written as statements.
@resultBuilder
package enum HTMLBuilder {
  package static func buildExpression(_ text: String) -> HTML { HTML(text) }
  package static func buildExpression(_ html: HTML) -> HTML { html }
  package static func buildBlock(_ pieces: HTML...) -> HTML { .joined(pieces) }
  package static func buildArray(_ pieces: [HTML]) -> HTML { .joined(pieces) }
  package static func buildOptional(_ piece: HTML?) -> HTML { piece ?? .empty }
  package static func buildEither(first piece: HTML) -> HTML { piece }
  package static func buildEither(second piece: HTML) -> HTML { piece }
}

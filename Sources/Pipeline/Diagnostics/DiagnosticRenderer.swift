/// Turns diagnostics into the text a person reads.
///
///     spec.yaml:14:16: error: opacity 1.4 is outside 0 < x <= 1
///        14 |       opacity: [1.4, 0.1]
///           |                 ^~~
///       stage 'poison' (backdoor.poison): share of the trigger in the blend
///       fix: write at most 1
package struct DiagnosticRenderer: Sendable {
  private let sources: SourceTexts
  private let usesColor: Bool
  /// Longer source lines are cut around the caret.
  private static let lineWidth = 100

  package init(sources: SourceTexts = SourceTexts(), usesColor: Bool = false) {
    self.sources = sources
    self.usesColor = usesColor
  }

  /// All texts, one after the other, without a final line break.
  package func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map(render).joined(separator: "\n")
  }

  package func render(_ diagnostic: Diagnostic) -> String {
    let severity = paint(diagnostic.severity.rawValue + ":", diagnostic.severity.color)
    let place = place(of: diagnostic).map { paint($0 + ":", "1") + " " } ?? ""
    var lines = [place + severity + " " + paint(diagnostic.what.visible, "1")]
    if let location = diagnostic.location { lines += excerpt(at: location) }
    for text in [diagnostic.why, diagnostic.fix.isEmpty ? "" : "fix: " + diagnostic.fix]
    where !text.isEmpty {
      lines += text.visible.split(separator: "\n").map { "  " + $0 }
    }
    return lines.joined(separator: "\n")
  }

  /// `file:line:column`; `nil` for a fact without a place.
  private func place(of diagnostic: Diagnostic) -> String? {
    guard let location = diagnostic.location else { return nil }
    if location.line == 0 || location.file == SourceLocation.commandLine { return location.file }
    return "\(location.file):\(location.line):\(location.column)"
  }

  /// The source line and the caret line below it.
  private func excerpt(at location: SourceLocation) -> [String] {
    guard let line = sources[location.file]?.line(location.line) else { return [] }
    // A tab would shift the caret, and columns count scalars, as the YAML library does.
    let scalars = line.unicodeScalars.map { $0 == "\t" ? " " : Character($0) }
    let caret = min(location.column - 1, scalars.count)
    let start = caret < Self.lineWidth ? 0 : caret - Self.lineWidth / 2
    let shown = scalars[start...].prefix(Self.lineWidth)
    let number = String(location.line)
    let margin = String(repeating: " ", count: max(0, 5 - number.count)) + number
    let length = max(1, min(location.length, shown.endIndex - caret))
    let mark = "^" + String(repeating: "~", count: length - 1)
    return [
      margin + " | " + String(shown).visible,
      String(repeating: " ", count: margin.count) + " | "
        + String(repeating: " ", count: caret - start) + paint(mark, "32"),
    ]
  }

  private func paint(_ text: String, _ code: String) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

extension SourceLocation {
  /// The file name of what was given as an argument, not in a file.
  package static let commandLine = "command line"

  /// `file:line`, as origins and cross-references name a place.
  package var shortText: String {
    file == SourceLocation.commandLine ? file : "\(file):\(line)"
  }
}

extension Diagnostic.Severity {
  fileprivate var color: String {
    switch self {
    case .error: "1;31"
    case .warning: "1;33"
    case .note: "1;36"
    }
  }
}

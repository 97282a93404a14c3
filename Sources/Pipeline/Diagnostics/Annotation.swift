/// A remark at a line of a file, in the form that a CI system shows beside the code.
package struct Annotation: Sendable, Hashable {
  package enum Form: String, Sendable, CaseIterable {
    /// GitHub's workflow command, `::error file=F,line=N,col=N,title=T::MESSAGE`.
    case github
    /// `F:N:N: error: MESSAGE`, which editors and most log viewers link.
    case plain
  }

  package let severity: Diagnostic.Severity
  package let location: SourceLocation?
  package let title: String
  package let message: String

  package init(
    _ severity: Diagnostic.Severity, at location: SourceLocation?, title: String, message: String
  ) {
    self.severity = severity
    self.location = location
    self.title = title
    self.message = message
  }

  /// The parts of a diagnostic, each on a line of its own.
  package init(_ diagnostic: Diagnostic) {
    let remedy = diagnostic.fix.isEmpty ? "" : "fix: " + diagnostic.fix
    self.init(
      diagnostic.severity, at: diagnostic.location, title: diagnostic.what.visible,
      message: [diagnostic.why, remedy].filter { !$0.isEmpty }.joined(separator: "\n").visible)
  }

  /// The annotation as text, without a final line break; `prefix` comes before the file's path,
  /// where the CI system starts higher up than we do.
  package func text(_ form: Form, pathPrefix prefix: String = "") -> String {
    switch form {
    case .github: gitHubCommand(prefix)
    case .plain: plainText(prefix)
    }
  }

  private func gitHubCommand(_ prefix: String) -> String {
    let command =
      switch severity {
      case .error: "error"
      case .warning: "warning"
      case .note: "notice"
      }
    var properties: [String] = []
    if let location, location.file != SourceLocation.commandLine {
      properties.append("file=" + Self.escapedProperty(prefix + location.file))
      if location.line > 0 {
        properties += ["line=\(location.line)", "col=\(location.column)"]
      }
    }
    properties.append("title=" + Self.escapedProperty(title))
    let body = Self.escaped(message.isEmpty ? title : message)
    return "::\(command) \(properties.joined(separator: ","))::\(body)"
  }

  private func plainText(_ prefix: String) -> String {
    var place = ""
    if let location {
      let isArgument = location.file == SourceLocation.commandLine
      place = (isArgument ? "" : prefix) + location.file
      if !isArgument, location.line > 0 { place += ":\(location.line):\(location.column)" }
      place += ": "
    }
    let lines = message.split(separator: "\n").map { "\n  " + $0 }.joined()
    return "\(place)\(severity.rawValue): \(title)\(lines)"
  }

  /// Line breaks would end the command.
  private static func escaped(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func escapedProperty(_ text: String) -> String {
    escaped(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}

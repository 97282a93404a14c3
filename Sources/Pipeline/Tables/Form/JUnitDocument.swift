/// A test report in the XML form that CI systems read.
///
/// The common subset of the dialects: `testsuites`, `testsuite` with counts, `testcase` with
/// `failure`, `skipped` and `system-out`. `file` and `line` are read by some systems and ignored by
/// the others.
package struct JUnitDocument: Sendable {
  package struct Case: Sendable {
    package enum Outcome: Sendable {
      case passed
      /// `kind` is the class of the failure, `detail` all that is known.
      case failed(kind: String, message: String, detail: String)
      case skipped(String)
    }

    package let name: String
    /// Dotted group, "experiment.stage".
    package let group: String
    package let seconds: Double
    package let location: SourceLocation?
    package let outcome: Outcome
    /// What is worth reading beside the outcome.
    package let output: String

    package init(
      _ name: String, group: String, seconds: Double = 0, location: SourceLocation?,
      outcome: Outcome, output: String = ""
    ) {
      self.name = name
      self.group = group
      self.seconds = seconds
      self.location = location
      self.outcome = outcome
      self.output = output
    }
  }

  package struct Suite: Sendable {
    package let name: String
    package let cases: [Case]

    package init(_ name: String, _ cases: [Case]) {
      self.name = name
      self.cases = cases
    }
  }

  package let name: String
  package let suites: [Suite]

  package init(_ name: String, _ suites: [Suite]) {
    self.name = name
    self.suites = suites
  }

  /// The document, UTF-8.
  package var text: String {
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    lines.append("<testsuites \(Self.counts(name, suites.flatMap(\.cases)))>")
    for suite in suites {
      lines.append("  <testsuite \(Self.counts(suite.name, suite.cases))>")
      lines += suite.cases.map(\.element)
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func counts(_ name: String, _ cases: [Case]) -> String {
    let failures = cases.count { if case .failed = $0.outcome { true } else { false } }
    let skipped = cases.count { if case .skipped = $0.outcome { true } else { false } }
    let seconds = cases.reduce(0) { $0 + $1.seconds }
    return "name=\"\(name.xmlEscaped)\" tests=\"\(cases.count)\" failures=\"\(failures)\" "
      + "errors=\"0\" skipped=\"\(skipped)\" time=\"\(NumberText.fixed(seconds, decimals: 3))\""
  }
}

extension JUnitDocument.Case {
  fileprivate var element: String {
    var head = "    <testcase name=\"\(name.xmlEscaped)\" classname=\"\(group.xmlEscaped)\" "
    head += "time=\"\(NumberText.fixed(seconds, decimals: 3))\""
    if let location {
      head += " file=\"\(location.file.xmlEscaped)\" line=\"\(location.line)\""
    }
    var children: [String] = []
    switch outcome {
    case .passed: break
    case .failed(let kind, let message, let detail):
      children.append(
        "      <failure type=\"\(kind.xmlEscaped)\" message=\"\(message.xmlEscaped)\">"
          + detail.xmlText + "</failure>")
    case .skipped(let message):
      children.append("      <skipped message=\"\(message.xmlEscaped)\"/>")
    }
    if !output.isEmpty {
      children.append("      <system-out>\(output.xmlText)</system-out>")
    }
    if children.isEmpty { return head + "/>" }
    return ([head + ">"] + children + ["    </testcase>"]).joined(separator: "\n")
  }
}

extension String {
  /// Safe within an element.
  fileprivate var xmlText: String { xmlEscaped.replacing("&#10;", with: "\n") }

  /// Safe as a quoted attribute, too; characters that XML cannot hold are left out.
  fileprivate var xmlEscaped: String {
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "\n": result.append(contentsOf: "&#10;".unicodeScalars)
      case "\t": result.append(scalar)
      case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): continue
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

/// `--where "asr > 0.5 and train == 'mix'"`: an expression over the columns of a row.
package struct RowFilter: Sendable {
  private let text: String
  private let expression: Expression

  /// - Throws: ``Diagnostic`` when the text is no expression of the specification language.
  package init(parsing text: String) throws(Diagnostic) {
    self.text = text
    do throws(ExpressionError) {
      expression = try ExpressionParser.parse(text)
    } catch { throw Self.problem(text, error) }
  }

  /// Refuses names that are no columns.
  func check(_ columns: [String], of subject: String) throws(Diagnostic) {
    for name in expression.names where !columns.contains(name) {
      throw Diagnostic(
        at: nil, "--where \"\(text)\": \(subject) has no column '\(name)'",
        why: "it has: " + columns.joined(separator: ", "),
        fix: nearestName(to: name, in: columns).map { "did you mean '\($0)'?" }
          ?? "labels are written in quotes: train == 'mix'")
    }
  }

  /// Whether a row stays; one without a value that the expression orders does not.
  func keeps(_ row: [String: Value]) throws(Diagnostic) -> Bool {
    if expression.names.contains(where: { row[$0] == .null }) { return false }
    let scope = ExpressionScope(parameters: row, profile: "", matrix: [:])
    do throws(ExpressionError) {
      if case .bool(let flag) = try expression.evaluate(in: scope) { return flag }
    } catch { throw Self.problem(text, error) }
    throw Diagnostic(
      at: nil, "--where \"\(text)\" does not give true or false",
      fix: "write a condition: \"n > 100\"")
  }

  private static func problem(_ text: String, _ error: ExpressionError) -> Diagnostic {
    Diagnostic(
      at: nil, "--where \"\(text)\": \(error.what)",
      why: "at character \(error.offset + 1)",
      fix: error.fix.isEmpty
        ? "labels are texts: compare them with 'a', or as float(label) > 0.5" : error.fix)
  }
}

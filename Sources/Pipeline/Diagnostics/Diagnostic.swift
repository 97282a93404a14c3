/// A place in a text: file (as the user wrote it, or "command line"), line and column from 1.
package struct SourceLocation: Sendable, Hashable {
  package let file: String
  package let line: Int
  package let column: Int
  /// Characters that the caret line underlines, at least 1.
  package let length: Int

  package init(file: String, line: Int, column: Int, length: Int = 1) {
    self.file = file
    self.line = line
    self.column = column
    self.length = length
  }
}

/// One thing to tell the user: where, what, why and how to mend it.
package struct Diagnostic: Error, Sendable, Hashable {
  package enum Severity: String, Sendable { case error, warning, note }

  package let severity: Severity
  /// `nil` for facts without a place in a file ("command line").
  package let location: SourceLocation?
  package let what: String
  package let why: String
  package let fix: String

  package init(
    _ severity: Severity = .error, at location: SourceLocation?, _ what: String, why: String = "",
    fix: String = ""
  ) {
    self.severity = severity
    self.location = location
    self.what = what
    self.why = why
    self.fix = fix
  }
}

/// A text that diagnostics point into, cut into lines once.
package struct SourceText: Sendable {
  package let file: String
  private let lines: [Substring]

  package init(file: String, text: String) {
    self.file = file
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }

  /// The line with this number (from 1), without its line break.
  package func line(_ number: Int) -> Substring? {
    lines.indices.contains(number - 1) ? lines[number - 1] : nil
  }
}

/// The texts that a set of diagnostics points into, by file name.
package struct SourceTexts: Sendable {
  private var byFile: [String: SourceText] = [:]

  package init() {}

  package mutating func add(_ source: SourceText) { byFile[source.file] = source }

  package subscript(file: String) -> SourceText? { byFile[file] }
}

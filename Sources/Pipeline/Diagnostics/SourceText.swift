/// A text that diagnostics point into.
package struct SourceText: Sendable {
  package let file: String
  package let text: String

  package init(file: String, text: String) {
    self.file = file
    self.text = text
  }

  /// The line with this number (from 1), without its line break. Looked for when it is asked for:
  /// most texts are read without a mistake.
  package func line(_ number: Int) -> Substring? {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.indices.contains(number - 1) ? lines[number - 1] : nil
  }
}

/// The texts that a set of diagnostics points into, by file name.
package struct SourceTexts: Sendable {
  private var byFile: [String: SourceText] = [:]

  package init() {}

  package mutating func add(_ source: SourceText) { byFile[source.file] = source }

  package subscript(file: String) -> SourceText? { byFile[file] }

  /// All of them, by name.
  package var all: [SourceText] { byFile.values.sorted { $0.file < $1.file } }
}

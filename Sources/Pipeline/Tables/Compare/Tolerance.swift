/// How far two numbers of a column may lie apart and count as equal: `asr=abs:0.5`.
package struct Tolerance: Sendable, Hashable {
  /// A value or derived column; `*` for all.
  package let column: String
  package let absolute: Double
  package let relative: Double

  /// Reads `COL=abs:x`, `COL=rel:y`, or both: `COL=abs:x,rel:y`.
  ///
  /// - Throws: ``Diagnostic`` when the text is not of that form.
  package init(parsing text: String) throws(Diagnostic) {
    let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard sides.count == 2, !sides[0].isEmpty else { throw Self.malformed(text) }
    var (absolute, relative) = (0.0, 0.0)
    for bound in sides[1].split(separator: ",") {
      let parts = bound.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2,
        let number = Units.fraction(percent: parts[1]) ?? Double(parts[1]), number >= 0,
        number.isFinite
      else { throw Self.malformed(text) }
      switch parts[0] {
      case "abs": absolute = number
      case "rel": relative = number
      default: throw Self.malformed(text)
      }
    }
    column = sides[0]
    self.absolute = absolute
    self.relative = relative
  }

  private static func malformed(_ text: String) -> Diagnostic {
    Diagnostic(
      at: nil, "--tolerance \(text) is not of the form COL=abs:x or COL=rel:y",
      why: "COL is a value or derived column of a table, or * for all",
      fix: "write asr=abs:0.5 (in the table's units), worst=rel:1%, or *=rel:0.001")
  }

  /// Whether two numbers count as equal; what decimal fractions cannot hold exactly does not count.
  func accepts(_ a: Double, _ b: Double) -> Bool {
    let bound = max(absolute, relative * abs(a))
    return abs(b - a) <= bound * (1 + 1e-9) || a == b
  }

  static let exact = Tolerance(column: "*", absolute: 0, relative: 0)

  private init(column: String, absolute: Double, relative: Double) {
    self.column = column
    self.absolute = absolute
    self.relative = relative
  }
}

/// A cell expression that does not follow the grammar of ``CellExpression``.
package struct CellExpressionError: Error, Hashable, Sendable {
  /// Characters from the start of the text.
  package let offset: Int
  /// What is wrong there and what was due.
  package let message: String
}

extension CellExpression {
  /// Reads `max(asr[train_opacity!=mixed].worst)`; spaces may stand between the parts.
  package init(parsing text: String) throws(CellExpressionError) {
    var parser = CellExpressionParser(text)
    self = try parser.expression()
  }
}

private struct CellExpressionParser {
  private let text: String
  private let characters: [Character]
  private var at = 0

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  mutating func expression() throws(CellExpressionError) -> CellExpression {
    let start = skipSpace()
    let name = try name("a table")
    guard skip("(") else {
      let expression = try selector(view: name, function: nil)
      try end()
      return expression
    }
    guard let function = CellExpression.Function(rawValue: name) else {
      let known = CellExpression.Function.allCases.map(\.rawValue).joined(separator: ", ")
      throw CellExpressionError(
        offset: start, message: "'\(name)' is not a function; there are \(known)")
    }
    skipSpace()
    let expression = try selector(view: try self.name("a table"), function: function)
    guard skip(")") else { throw due("')'") }
    try end()
    return expression
  }

  private mutating func selector(
    view: String, function: CellExpression.Function?
  ) throws(CellExpressionError) -> CellExpression {
    var terms: [CellExpression.Term] = []
    if skip("[") {
      repeat { terms.append(try term()) } while skip(",")
      guard skip("]") else { throw due("',' or ']'") }
    }
    var column: String?
    if skip(".") {
      skipSpace()
      column = try name("a column")
    }
    return CellExpression(text: text, function: function, view: view, terms: terms, column: column)
  }

  private mutating func term() throws(CellExpressionError) -> CellExpression.Term {
    skipSpace()
    let axis = try name("an axis")
    let isNegated = skip("!")
    guard skip("=") else { throw due(isNegated ? "'=' after '!'" : "'=' or '!='") }
    var labels: [String] = []
    repeat { labels.append(try label()) } while skip("|")
    return CellExpression.Term(axis: axis, isNegated: isNegated, labels: labels)
  }

  private mutating func label() throws(CellExpressionError) -> String {
    let start = skipSpace()
    guard skip("'") else {
      let label = take { $0.isLetter || $0.isNumber || "_.+-".contains($0) }
      if label.isEmpty { throw due("a label; quote other characters with '") }
      return label
    }
    let label = take { $0 != "'" }
    guard at < characters.count else {
      throw CellExpressionError(offset: start, message: "the quoted label does not end")
    }
    at += 1
    return label
  }

  private mutating func name(_ what: String) throws(CellExpressionError) -> String {
    guard at < characters.count, characters[at].isLetter || characters[at] == "_" else {
      throw due("the name of \(what)")
    }
    return take { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  private mutating func take(while condition: (Character) -> Bool) -> String {
    let start = at
    while at < characters.count, condition(characters[at]) { at += 1 }
    return String(characters[start..<at])
  }

  private mutating func end() throws(CellExpressionError) {
    skipSpace()
    if at < characters.count { throw due("the end") }
  }

  @discardableResult
  private mutating func skipSpace() -> Int {
    while at < characters.count, characters[at] == " " { at += 1 }
    return at
  }

  private mutating func skip(_ character: Character) -> Bool {
    skipSpace()
    guard at < characters.count, characters[at] == character else { return false }
    at += 1
    return true
  }

  private func due(_ what: String) -> CellExpressionError {
    let found = at < characters.count ? "'\(characters[at])'" : "the end of the expression"
    return CellExpressionError(offset: at, message: "\(found) stands where \(what) is due")
  }
}

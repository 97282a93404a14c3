/// Parses the inside of `${...}`.
struct ExpressionParser {
  /// Long enough for any readable expression; keeps the tree shallow.
  static let lengthLimit = 1_000
  private static let depthLimit = 50

  private var tokens: [ExpressionToken]
  private var position = 0
  private var depth = 0

  static func parse(_ text: String) throws(ExpressionError) -> Expression {
    guard text.unicodeScalars.count <= lengthLimit else {
      throw ExpressionError(
        0, "the expression is longer than \(lengthLimit) characters",
        fix: "split it into parameters")
    }
    var parser = ExpressionParser(tokens: try ExpressionToken.tokens(of: text))
    let expression = try parser.or()
    guard case .end = parser.current.kind else { throw parser.unexpected("an operator or the end") }
    return expression
  }

  private init(tokens: [ExpressionToken]) { self.tokens = tokens }

  private var current: ExpressionToken { tokens[position] }

  private mutating func advance() -> ExpressionToken {
    defer { if position < tokens.count - 1 { position += 1 } }
    return tokens[position]
  }

  /// Takes one of these symbols or words if it comes next.
  private mutating func take(_ symbols: String...) -> (symbol: String, offset: Int)? {
    guard case .symbol(let symbol) = current.kind, symbols.contains(symbol) else { return nil }
    return (symbol, advance().offset)
  }

  private mutating func expect(_ symbol: String) throws(ExpressionError) {
    if take(symbol) == nil { throw unexpected("'\(symbol)'") }
  }

  private func unexpected(_ expected: String) -> ExpressionError {
    ExpressionError(current.offset, "expected \(expected), not \(current.text)")
  }

  private mutating func or() throws(ExpressionError) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw ExpressionError(current.offset, "the expression is nested too deeply")
    }
    var left = try and()
    while let token = take("or") { left = .binary(.or, left, try and(), at: token.offset) }
    return left
  }

  private mutating func and() throws(ExpressionError) -> Expression {
    var left = try not()
    while let token = take("and") { left = .binary(.and, left, try not(), at: token.offset) }
    return left
  }

  private mutating func not() throws(ExpressionError) -> Expression {
    var offsets: [Int] = []
    while let token = take("not") { offsets.append(token.offset) }
    var expression = try comparison()
    for offset in offsets.reversed() { expression = .not(expression, at: offset) }
    return expression
  }

  private mutating func comparison() throws(ExpressionError) -> Expression {
    let left = try sum()
    guard let token = take("==", "!=", "<", "<=", ">", ">=") else { return left }
    return try binary(token, left, try sum())
  }

  private mutating func sum() throws(ExpressionError) -> Expression {
    var left = try product()
    while let token = take("+", "-") { left = try binary(token, left, try product()) }
    return left
  }

  private mutating func product() throws(ExpressionError) -> Expression {
    var left = try sign()
    while let token = take("*", "/", "//", "%") { left = try binary(token, left, try sign()) }
    return left
  }

  private mutating func sign() throws(ExpressionError) -> Expression {
    var offsets: [Int] = []
    while let token = take("-") { offsets.append(token.offset) }
    var expression = try postfix()
    for offset in offsets.reversed() { expression = .negate(expression, at: offset) }
    return expression
  }

  private func binary(
    _ token: (symbol: String, offset: Int), _ left: Expression, _ right: Expression
  ) throws(ExpressionError) -> Expression {
    guard let op = Expression.Operator(rawValue: token.symbol) else {
      throw ExpressionError(token.offset, "'\(token.symbol)' is not an operator")
    }
    return .binary(op, left, right, at: token.offset)
  }

  private mutating func postfix() throws(ExpressionError) -> Expression {
    var expression = try primary()
    while let token = take(".", "[") {
      if token.symbol == "[" {
        expression = .index(expression, try or(), at: token.offset)
        try expect("]")
      } else {
        let name = advance()
        guard case .name(let field) = name.kind else {
          throw ExpressionError(name.offset, "expected a name after '.', not \(name.text)")
        }
        expression = .field(expression, field, at: name.offset)
      }
    }
    return expression
  }

  private mutating func primary() throws(ExpressionError) -> Expression {
    let token = current
    switch token.kind {
    case .literal(let value):
      _ = advance()
      return .literal(value)
    case .name(let name):
      _ = advance()
      guard take("(") != nil else { return .name(name, at: token.offset) }
      guard let function = Expression.Function(rawValue: name) else {
        let names = Expression.Function.allCases.map(\.rawValue)
        throw ExpressionError(
          token.offset, "there is no function '\(name)'",
          fix: DiagnosticCollector.remedy(for: name, among: names, none: ""))
      }
      return .call(function, try list(until: ")"), at: token.offset)
    case .symbol("("):
      _ = advance()
      let inner = try or()
      try expect(")")
      return inner
    case .symbol("["):
      _ = advance()
      return .list(try list(until: "]"))
    default:
      throw ExpressionError(
        current.offset, unexpected("a value").what,
        fix: "write a number, a text or a name there, or remove the operator before it")
    }
  }

  private mutating func list(until close: String) throws(ExpressionError) -> [Expression] {
    var items: [Expression] = []
    if take(close) != nil { return items }
    repeat { items.append(try or()) } while take(",") != nil
    try expect(close)
    return items
  }
}

/// A word of an expression with its offset in Unicode scalars.
struct ExpressionToken {
  enum Kind {
    case literal(Value)
    case name(String)
    /// Operators, brackets and the words `and`, `or`, `not`.
    case symbol(String)
    case end
  }

  let kind: Kind
  let offset: Int
  /// As messages show it.
  let text: String

  static func tokens(of source: String) throws(ExpressionError) -> [ExpressionToken] {
    let scalars = Array(source.unicodeScalars)
    var tokens: [ExpressionToken] = []
    var at = 0
    while at < scalars.count {
      if scalars[at].properties.isWhitespace {
        at += 1
        continue
      }
      let (kind, length) = try token(in: scalars, at: at)
      tokens.append(
        ExpressionToken(kind: kind, offset: at, text: "'\(string(scalars[at..<at + length]))'"))
      at += length
    }
    tokens.append(ExpressionToken(kind: .end, offset: scalars.count, text: "the end"))
    return tokens
  }

  private static func token(
    in scalars: [Unicode.Scalar], at start: Int
  ) throws(ExpressionError) -> (Kind, Int) {
    let first = scalars[start]
    if first == "'" || first == "\"" {
      guard let end = scalars[(start + 1)...].firstIndex(of: first) else {
        throw ExpressionError(start, "the string is not closed", fix: "add a closing \(first)")
      }
      return (.literal(.string(string(scalars[start + 1..<end]))), end + 1 - start)
    }
    if isDigit(first) || (first == "." && start + 1 < scalars.count && isDigit(scalars[start + 1]))
    {
      return try number(in: scalars, at: start)
    }
    if isWord(first) {
      let word = string(scalars[start...].prefix { isWord($0) || isDigit($0) })
      return (kind(of: word), word.unicodeScalars.count)
    }
    for length in [2, 1] where start + length <= scalars.count {
      let symbol = string(scalars[start..<start + length])
      if symbols.contains(symbol) { return (.symbol(symbol), length) }
    }
    throw ExpressionError(
      start, "unexpected character '\(first)'",
      fix: first == "=" ? "compare with '=='" : "quote texts with '...'")
  }

  private static let symbols: Set<String> = [
    "==", "!=", "<=", ">=", "//", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", ".",
  ]

  private static func kind(of word: String) -> Kind {
    switch word {
    case "and", "or", "not": .symbol(word)
    case "true": .literal(.bool(true))
    case "false": .literal(.bool(false))
    case "null": .literal(.null)
    default: .name(word)
    }
  }

  private static func number(
    in scalars: [Unicode.Scalar], at start: Int
  ) throws(ExpressionError) -> (Kind, Int) {
    var end = start
    while end < scalars.count {
      let isExponentSign =
        (scalars[end] == "+" || scalars[end] == "-")
        && (scalars[end - 1] == "e" || scalars[end - 1] == "E")
      guard isDigit(scalars[end]) || isWord(scalars[end]) || scalars[end] == "." || isExponentSign
      else { break }
      end += 1
    }
    let text = string(scalars[start..<end])
    switch resolvePlainScalar(text) {
    case .int(let value): return (.literal(.int(value)), end - start)
    case .double(let value): return (.literal(.double(value)), end - start)
    default: throw ExpressionError(start, "'\(text)' is not a number")
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }
}

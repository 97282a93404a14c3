/// The syntax tree of a `${...}` expression.
///
///     or      = and { "or" and }
///     and     = not { "and" not }
///     not     = "not" not | compare
///     compare = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
///     sum     = product { ("+" | "-") product }
///     product = sign { ("*" | "/" | "//" | "%") sign }
///     sign    = "-" sign | postfix
///     postfix = primary { "." name | "[" or "]" }
///     primary = number | string | true | false | null | name | name "(" [or {"," or}] ")"
///             | "(" or ")" | "[" [or {"," or}] "]"
///
/// Names are the experiment's parameters, `profile` (a string) and `matrix` (a map from the stage's
/// axes to the instance's values). `/` gives a float, `//` and `%` are integer division rounding
/// down and its remainder.
indirect enum Expression: Sendable {
  case literal(Value)
  case name(String, at: Int)
  case field(Expression, String, at: Int)
  case index(Expression, Expression, at: Int)
  case list([Expression])
  case call(Function, [Expression], at: Int)
  case not(Expression, at: Int)
  case negate(Expression, at: Int)
  case binary(Operator, Expression, Expression, at: Int)

  enum Operator: String, Sendable {
    case or, and
    case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">"
    case greaterOrEqual = ">="
    case plus = "+", minus = "-", times = "*", divide = "/", divideWhole = "//", remainder = "%"
  }

  /// The pure functions of the language.
  enum Function: String, Sendable, CaseIterable {
    case min, max, len, abs, round, floor, ceil, int, float, str
  }
}

/// What is wrong in an expression, at an offset in Unicode scalars from its first character.
struct ExpressionError: Error {
  let offset: Int
  let what: String
  let fix: String
  /// Whether a map lacks the field that is asked for.
  let isAbsence: Bool

  init(_ offset: Int, _ what: String, isAbsence: Bool = false, fix: String = "") {
    self.offset = offset
    self.what = what
    self.isAbsence = isAbsence
    self.fix = fix
  }
}

/// The names an expression may use, with their values.
struct ExpressionScope: Sendable {
  let parameters: [String: Value]
  let profile: String
  /// The stage's axes; empty outside of stages.
  let matrix: [String: Value]

  func value(of name: String) -> Value? {
    switch name {
    case "matrix": .map(matrix)
    case "profile": .string(profile)
    default: parameters[name]
    }
  }

  static let reservedNames = ["matrix", "profile", "true", "false", "null", "and", "or", "not"]

  var names: [String] { parameters.keys.sorted() + ["matrix", "profile"] }
}

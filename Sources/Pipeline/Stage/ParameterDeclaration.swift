/// What a stage says about one parameter: the source of validation, help, JSON Schema and docs.
package struct ParameterDeclaration: Sendable {
  package enum Kind: Sendable, Hashable {
    case bool
    case int
    case double
    case string
    case choice([String])
    indirect case list(of: Kind)
    /// Names of the user's with values; the stage says which.
    case map
  }

  package let name: String
  package let kind: Kind
  /// `nil` when the specification must give a value.
  package let defaultValue: Value?
  /// What a number, or each number of a list, must lie in; `nil` for any.
  package let interval: Interval?
  package let unit: String
  /// Whether the value is part of the cache key.
  package let affectsResult: Bool
  package let help: String

  /// The valid range as help and messages show it ("0 < x < 1"); empty for any.
  package var range: String { interval?.text ?? "" }
}

/// A refused parameter value, located by the path from the parameter's name to the element.
package struct ParameterProblem: Error, Hashable, Sendable {
  /// The parameter at fault; empty when the problem concerns several together.
  package let parameter: String
  /// The element of a list, when one element is at fault.
  package let index: Int?
  /// What is wrong with the value as written ("1.4 is outside 0 < x <= 1").
  package let what: String
  /// Why it matters or what was expected.
  package let why: String
  /// How to mend it.
  package let fix: String

  package init(
    parameter: String, index: Int? = nil, what: String, why: String = "", fix: String = ""
  ) {
    self.parameter = parameter
    self.index = index
    self.what = what
    self.why = why
    self.fix = fix
  }
}

/// An interval of numbers with open or closed ends.
package struct Interval: Sendable, Hashable {
  package let lower: Double
  package let upper: Double
  package let includesLower: Bool
  package let includesUpper: Bool

  private init(lower: Double, upper: Double, includesLower: Bool, includesUpper: Bool) {
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
  }

  package static func closed(_ lower: Double, _ upper: Double) -> Interval {
    Interval(lower: lower, upper: upper, includesLower: true, includesUpper: true)
  }
  package static func open(_ lower: Double, _ upper: Double) -> Interval {
    Interval(lower: lower, upper: upper, includesLower: false, includesUpper: false)
  }
  /// `lower < x <= upper`
  package static func above(_ lower: Double, through upper: Double) -> Interval {
    Interval(lower: lower, upper: upper, includesLower: false, includesUpper: true)
  }
  package static func atLeast(_ lower: Double) -> Interval {
    Interval(lower: lower, upper: .infinity, includesLower: true, includesUpper: false)
  }
  /// The smallest and the largest `Int` stand for no bound.
  package init(_ range: ClosedRange<Int>) {
    lower = range.lowerBound == .min ? -.infinity : Double(range.lowerBound)
    upper = range.upperBound == .max ? .infinity : Double(range.upperBound)
    includesLower = true
    includesUpper = true
  }
  package static let any = Interval(
    lower: -.infinity, upper: .infinity, includesLower: false, includesUpper: false)

  package func contains(_ x: Double) -> Bool {
    (includesLower ? x >= lower : x > lower) && (includesUpper ? x <= upper : x < upper)
  }

  /// "0 < x <= 1", "x >= 1"; empty when every number is allowed.
  package var text: String {
    let low = Interval.short(lower)
    let high = Interval.short(upper)
    return switch (lower.isFinite, upper.isFinite) {
    case (false, false): ""
    case (true, false): "x \(includesLower ? ">=" : ">") \(low)"
    case (false, true): "x \(includesUpper ? "<=" : "<") \(high)"
    case (true, true):
      "\(low) \(includesLower ? "<=" : "<") x \(includesUpper ? "<=" : "<") \(high)"
    }
  }

  /// The bound that a refused number must keep: "write at most 1", "write more than 0".
  package func remedy(for x: Double) -> String {
    let isLow = includesLower ? x < lower : x <= lower
    let bound = Interval.short(isLow ? lower : upper)
    return switch (isLow, isLow ? includesLower : includesUpper) {
    case (true, true): "write at least \(bound)"
    case (true, false): "write more than \(bound)"
    case (false, true): "write at most \(bound)"
    case (false, false): "write less than \(bound)"
    }
  }

  private static func short(_ x: Double) -> String {
    x == x.rounded() && abs(x) < 1e15 ? String(Int(x)) : x.description
  }
}

/// Reads the parameters of a stage, and in doing so learns their declarations.
///
/// A stage's initialiser asks for each parameter once. Run over no values, the same initialiser
/// yields the declarations (help, schema, docs); run over the values of a specification it yields
/// the bound stage, the normalised values (defaults filled in) and every problem at once. So a
/// parameter is declared in one place.
///
///     init(_ p: inout ParameterReader) {
///       rate = p.double("rate", default: 0.05, in: .open(0, 1), help: "share of poisoned images")
///     }
package struct ParameterReader {
  /// Every parameter; collected only when no values are read.
  package private(set) var declarations: [ParameterDeclaration] = []
  /// Every declared parameter with its value, defaults filled in.
  package private(set) var normalised: [String: Value] = [:]
  package private(set) var problems: [ParameterProblem] = []
  private let values: [String: Value]
  private let isBinding: Bool

  /// A reader that only collects declarations.
  package init() {
    values = [:]
    isBinding = false
  }

  /// A reader over the values of a specification.
  package init(_ values: [String: Value]) {
    self.values = values
    isBinding = true
  }

  /// Reports a problem that a range alone cannot express (two parameters that exclude each other).
  package mutating func refuse(_ problem: ParameterProblem) {
    if isBinding { problems.append(problem) }
  }

  // MARK: Single values

  package mutating func bool(
    _ name: String, default fallback: Bool?, affectsResult: Bool = true, help: String
  ) -> Bool {
    let value = take(
      name, .bool, fallback.map(Value.bool), affectsResult: affectsResult, help: help
    ) { value in
      guard case .bool = value else { throw Mismatch(expected: "true or false") }
      return value
    }
    if case .bool(let flag) = value { return flag }
    return fallback ?? false
  }

  package mutating func int(
    _ name: String, default fallback: Int?, in range: ClosedRange<Int> = Int.min...Int.max,
    unit: String = "", affectsResult: Bool = true, help: String
  ) -> Int {
    let value = take(
      name, .int, fallback.map(Value.int), interval: Interval(range), unit: unit,
      affectsResult: affectsResult, help: help
    ) { try Self.integer($0, in: range) }
    if case .int(let number) = value { return number }
    return fallback ?? range.lowerBound
  }

  package mutating func double(
    _ name: String, default fallback: Double?, in interval: Interval = .any, unit: String = "",
    affectsResult: Bool = true, help: String
  ) -> Double {
    let value = take(
      name, .double, fallback.map(Value.double), interval: interval, unit: unit,
      affectsResult: affectsResult, help: help
    ) { try Self.number($0, in: interval) }
    if case .double(let number) = value { return number }
    return fallback ?? 0
  }

  package mutating func string(
    _ name: String, default fallback: String?, affectsResult: Bool = true, help: String
  ) -> String {
    let value = take(
      name, .string, fallback.map(Value.string), affectsResult: affectsResult, help: help
    ) { value in
      guard case .string = value else { throw Mismatch(expected: "a string") }
      return value
    }
    if case .string(let text) = value { return text }
    return fallback ?? ""
  }

  /// One case of an enumeration, written as its raw value.
  package mutating func choice<Choice>(
    _ name: String, default fallback: Choice, affectsResult: Bool = true, help: String
  ) -> Choice where Choice: RawRepresentable<String> & CaseIterable {
    let names = Choice.allCases.map(\.rawValue)
    let value = take(
      name, .choice(names), .string(fallback.rawValue), affectsResult: affectsResult, help: help
    ) { try Self.member($0, of: names) }
    if case .string(let text) = value, let choice = Choice(rawValue: text) { return choice }
    return fallback
  }

  // MARK: Lists

  package mutating func ints(
    _ name: String, default fallback: [Int]?, in range: ClosedRange<Int> = Int.min...Int.max,
    unit: String = "", help: String
  ) -> [Int] {
    let value = takeList(
      name, of: .int, fallback?.map(Value.int), interval: Interval(range), unit: unit, help: help
    ) { try Self.integer($0, in: range) }
    return value.compactMap { if case .int(let number) = $0 { number } else { nil } }
  }

  package mutating func doubles(
    _ name: String, default fallback: [Double]?, in interval: Interval = .any, unit: String = "",
    help: String
  ) -> [Double] {
    let value = takeList(
      name, of: .double, fallback?.map(Value.double), interval: interval, unit: unit, help: help
    ) { try Self.number($0, in: interval) }
    return value.compactMap { if case .double(let number) = $0 { number } else { nil } }
  }

  /// A list whose elements are cases of an enumeration, in the order written.
  package mutating func choices<Choice>(
    _ name: String, default fallback: [Choice], help: String
  ) -> [Choice] where Choice: RawRepresentable<String> & CaseIterable {
    let names = Choice.allCases.map(\.rawValue)
    let value = takeList(
      name, of: .choice(names), fallback.map { .string($0.rawValue) }, help: help
    ) { try Self.member($0, of: names) }
    return value.compactMap {
      if case .string(let text) = $0 { Choice(rawValue: text) } else { nil }
    }
  }

  package mutating func strings(
    _ name: String, default fallback: [String]?, affectsResult: Bool = true, help: String
  ) -> [String] {
    let value = takeList(
      name, of: .string, fallback?.map(Value.string),
      affectsResult: affectsResult, help: help
    ) { value in
      guard case .string = value else { throw Mismatch(expected: "a string") }
      return value
    }
    return value.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }

  // MARK: Maps

  /// Values under names of the user's; what they mean is checked by the stage.
  package mutating func map(
    _ name: String, default fallback: [String: Value]?, help: String
  ) -> [String: Value] {
    let value = take(
      name, .map, fallback.map(Value.map), affectsResult: true, help: help
    ) { value in
      guard case .map = value else { throw Mismatch(expected: "a map") }
      return value
    }
    if case .map(let entries) = value { return entries }
    return fallback ?? [:]
  }

  // MARK: Shared machinery

  private struct Mismatch: Error {
    /// Said where `what` does not say it.
    var expected = ""
    var what: String?
    var index: Int?
    var fix = ""
  }

  private mutating func take(
    _ name: String, _ kind: @autoclosure () -> ParameterDeclaration.Kind, _ fallback: Value?,
    interval: Interval? = nil, unit: String = "", affectsResult: Bool, help: String,
    check: (Value) throws -> Value
  ) -> Value? {
    guard isBinding else {
      declarations.append(
        ParameterDeclaration(
          name: name, kind: kind(), defaultValue: fallback, interval: interval, unit: unit,
          affectsResult: affectsResult, help: help))
      return fallback
    }
    guard let written = values[name] else {
      if fallback == nil {
        problems.append(
          ParameterProblem(
            parameter: name, what: "required parameter '\(name)' is missing", why: help,
            fix: "add \(name): under 'with'"))
      }
      normalised[name] = fallback
      return fallback
    }
    do {
      let value = try check(written)
      normalised[name] = value
      return value
    } catch let mismatch as Mismatch {
      problems.append(
        ParameterProblem(
          parameter: name, index: mismatch.index,
          what: mismatch.what ?? "\(name) is \(written.typeName): \(written.plainText)",
          why: mismatch.expected.isEmpty ? help : "expected \(mismatch.expected); \(help)",
          fix: mismatch.fix))
    } catch {
      problems.append(ParameterProblem(parameter: name, what: "\(error)"))
    }
    normalised[name] = fallback
    return fallback
  }

  private mutating func takeList(
    _ name: String, of element: @autoclosure () -> ParameterDeclaration.Kind,
    _ fallback: [Value]?, interval: Interval? = nil, unit: String = "",
    affectsResult: Bool = true, help: String, check: (Value) throws -> Value
  ) -> [Value] {
    let value = take(
      name, .list(of: element()), fallback.map(Value.list), interval: interval, unit: unit,
      affectsResult: affectsResult, help: help
    ) { value in
      guard case .list(let items) = value else { throw Mismatch(expected: "a list") }
      var checked: [Value] = []
      for (index, item) in items.enumerated() {
        do {
          checked.append(try check(item))
        } catch var mismatch as Mismatch {
          mismatch.index = index
          if mismatch.what == nil {
            mismatch.what = "\(name)[\(index)] is \(item.typeName): \(item.plainText)"
          }
          throw mismatch
        }
      }
      return .list(checked)
    }
    if case .list(let items) = value { return items }
    return []
  }

  private static func integer(_ value: Value, in range: ClosedRange<Int>) throws -> Value {
    guard case .int(let number) = value else { throw Mismatch(expected: "an integer") }
    guard range.contains(number) else {
      throw Mismatch(
        what: "\(number) is outside \(Interval(range).text)",
        fix: number < range.lowerBound
          ? "write at least \(range.lowerBound)" : "write at most \(range.upperBound)")
    }
    return value
  }

  private static func number(_ value: Value, in interval: Interval) throws -> Value {
    let number: Double
    switch value {
    case .double(let written): number = written
    case .int(let written): number = Double(written)
    default: throw Mismatch(expected: "a number")
    }
    guard number.isFinite else {
      throw Mismatch(what: "\(number) is not a finite number", fix: "write a number")
    }
    guard interval.contains(number) else {
      throw Mismatch(
        what: "\(value.plainText) is outside \(interval.text)", fix: interval.remedy(for: number))
    }
    return .double(number == 0 ? 0 : number)
  }

  private static func member(_ value: Value, of names: [String]) throws -> Value {
    guard case .string(let text) = value, names.contains(text) else {
      let nearest = nearestName(to: value.plainText, in: names)
      throw Mismatch(
        what: "'\(value.plainText)' is not one of " + names.joined(separator: ", "),
        fix: nearest.map { "did you mean '\($0)'?" } ?? "")
    }
    return value
  }
}

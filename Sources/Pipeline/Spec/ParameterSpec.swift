/// A parameter of the experiment (`params:`): its type, its default and what it accepts.
struct ParameterSpec: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case int, float, string, bool, list

    init?(of value: Value) {
      switch value {
      case .int: self = .int
      case .double: self = .float
      case .string: self = .string
      case .bool: self = .bool
      case .list: self = .list
      case .null, .map: return nil
      }
    }
  }

  let name: String
  let kind: Kind
  let location: SourceLocation
  let standard: SourcedValue
  let help: String
  private let minimum: Double?
  private let maximum: Double?
  private let values: [Value]

  static let keys = ["default", "type", "min", "max", "values", "help"]

  /// Reads `name: default` or `name: {default, type, min, max, values, help}`.
  init?(_ entry: YAMLNode.Entry, _ errors: DiagnosticCollector) {
    let subject = "parameter '\(entry.key)'"
    name = entry.key
    location = entry.keyLocation
    if ExpressionScope.reservedNames.contains(name) {
      errors.error(
        at: location, "'\(name)' cannot be the name of a parameter",
        why: "expressions use it for something else", fix: "choose another name")
      return nil
    }
    var node = entry.value
    var reader: MapReader?
    if node.entries != nil {
      guard let map = MapReader(node, subject, keys: Self.keys, errors) else { return nil }
      reader = map
      guard let given = map["default"] else {
        errors.error(
          at: location, "\(subject) has no default",
          why: "a specification runs without any override", fix: "add default: to it")
        return nil
      }
      node = given
    }
    let declared = errors.choice(reader?["type"], "type of \(subject)", as: Kind.self)
    guard let kind = declared ?? Kind(of: node.value) else {
      errors.error(
        at: node.location, "the default of \(subject) is \(node.value.typeName)",
        why: "parameters are integers, floats, strings, booleans or lists",
        fix: "write a value, or \"\" for an empty text")
      return nil
    }
    self.kind = kind
    minimum = errors.double(reader?["min"], "min of \(subject)")
    maximum = errors.double(reader?["max"], "max of \(subject)")
    values = reader?["values"].flatMap { $0.items?.map(\.value) } ?? []
    if let listed = reader?["values"], listed.items == nil {
      errors.mismatch(listed, "values of \(subject)", expected: "a list")
    }
    help = errors.text(reader?["help"], "help of \(subject)") ?? ""
    standard = SourcedValue(
      value: .null, node: node, origin: SourcedValue.origin("default", node.location))
  }

  /// The value of a node as this parameter's type; reports what does not fit.
  ///
  /// Integers become floats where a float is declared, and scalars become strings as written, so
  /// `version=38.0` stays the text 38.0.
  func accept(_ node: YAMLNode, origin: String, _ errors: DiagnosticCollector) -> SourcedValue? {
    if Self.holdsExpression(node) {
      errors.error(
        at: node.location, "parameter '\(name)' holds an expression",
        why: "parameters are plain values; expressions stand in stages",
        fix: "write the value itself")
      return nil
    }
    guard let value = converted(node) else {
      errors.error(
        at: node.location, "parameter '\(name)' is \(Self.quoted(node))",
        why: "it is declared as \(kind.rawValue) (\(location.shortText))",
        fix: "write \(kind.example)")
      return nil
    }
    if let refusal = refusal(of: value, writtenAs: node.text) {
      errors.error(
        at: (refusal.index.flatMap { node.items?[$0] } ?? node).location,
        "parameter '\(name)': \(refusal.what)", why: help, fix: refusal.fix)
      return nil
    }
    return SourcedValue(value: value, node: node, origin: origin)
  }

  private func converted(_ node: YAMLNode) -> Value? {
    let value = node.value
    switch (kind, value) {
    case (.int, .int), (.bool, .bool), (.list, .list): return value
    case (.float, .double(let number)) where number.isFinite: return value
    case (.float, .int(let number)): return .double(Double(number))
    case (.float, .string(let text)): return Units.fraction(percent: text).map(Value.double)
    case (.string, _): return node.text.map(Value.string)
    default: return nil
    }
  }

  private struct Refusal {
    let what: String
    let fix: String
    /// The element at fault, for a list.
    var index: Int?
  }

  /// Why a value of the right type is not taken; of a list, the first element that is not.
  private func refusal(of value: Value, writtenAs text: String?) -> Refusal? {
    guard case .list(let elements) = value else {
      return refusalByBounds(value, text ?? value.plainText) ?? refusalByValues(value)
    }
    for (index, element) in elements.enumerated() {
      if var refusal = refusalByValues(element) {
        refusal.index = index
        return refusal
      }
    }
    return nil
  }

  private func refusalByBounds(_ value: Value, _ text: String) -> Refusal? {
    guard let number = value.number else { return nil }
    if let minimum, number < minimum {
      let bound = Self.text(minimum)
      return Refusal(what: "\(text) is below the minimum \(bound)", fix: "write at least \(bound)")
    }
    if let maximum, number > maximum {
      let bound = Self.text(maximum)
      return Refusal(what: "\(text) is above the maximum \(bound)", fix: "write at most \(bound)")
    }
    return nil
  }

  private func refusalByValues(_ value: Value) -> Refusal? {
    guard !values.isEmpty, !values.contains(where: { Self.isSame($0, value) }) else { return nil }
    let names = values.map(\.plainText)
    return Refusal(
      what: "\(value.plainText) is not one of its values: " + names.joined(separator: ", "),
      fix: nearestName(to: value.plainText, in: names).map { "did you mean '\($0)'?" }
        ?? "choose one of them")
  }

  private static func isSame(_ a: Value, _ b: Value) -> Bool {
    if let first = a.number, let second = b.number { return first == second }
    return a.plainText == b.plainText
  }

  private static func quoted(_ node: YAMLNode) -> String {
    switch node.value {
    case .null, .map: node.value.typeName
    case let value: "'\(node.text ?? value.plainText)', \(value.typeName)"
    }
  }

  private static func text(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? number.description
  }

  static func holdsExpression(_ node: YAMLNode) -> Bool {
    switch node.content {
    case .scalar(let text, _): text.contains("${")
    case .list(let items): items.contains(where: holdsExpression)
    case .map(let entries): entries.contains { holdsExpression($0.value) }
    }
  }
}

extension ParameterSpec.Kind {
  fileprivate var example: String {
    switch self {
    case .int: "an integer: 3"
    case .float: "a number: 0.05"
    case .string: "a text"
    case .bool: "true or false"
    case .list: "a list: [1, 2]"
    }
  }
}

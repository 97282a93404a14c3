extension ParameterDeclaration {
  /// Whether a value is of the declared kind and range; what else a stage asks of it is its own.
  func accepts(_ value: Value) -> Bool { Self.accepts(value, kind, interval) }

  private static func accepts(_ value: Value, _ kind: Kind, _ interval: Interval?) -> Bool {
    switch (kind, value) {
    case (.bool, .bool), (.string, .string), (.map, .map): true
    case (.int, .int(let number)): interval?.contains(Double(number)) ?? true
    case (.double, .int(let number)): interval?.contains(Double(number)) ?? true
    case (.double, .double(let number)):
      number.isFinite && (interval?.contains(number) ?? true)
    case (.choice(let names), .string(let text)): names.contains(text)
    case (.list(of: let element), .list(let items)):
      items.allSatisfy { accepts($0, element, interval) }
    default: false
    }
  }
}

/// Looking into a value that was read from a file: `nil` wherever it is of another shape.
extension Value {
  package subscript(key: String) -> Value? {
    if case .map(let entries) = self { entries[key] } else { nil }
  }

  package var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  var integer: Int? {
    if case .int(let number) = self { number } else { nil }
  }

  /// The number an integer or a double stands for.
  package var number: Double? {
    switch self {
    case .int(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  package var items: [Value]? {
    if case .list(let items) = self { items } else { nil }
  }

  /// The items of a list, each read by `read`; `nil` when one of them cannot be.
  func items<Item>(_ read: (Value) -> Item?) -> [Item]? {
    guard let items else { return nil }
    let known = items.compactMap(read)
    return known.count == items.count ? known : nil
  }

  /// The strings of a list of strings.
  var texts: [String]? { items(\.text) }

  /// The entries of a map of strings.
  package var textEntries: [String: String]? {
    guard case .map(let entries) = self else { return nil }
    let texts = entries.compactMapValues(\.text)
    return texts.count == entries.count ? texts : nil
  }
}

import Foundation

/// A plain value of the specification language: what YAML scalars, lists and maps become.
///
/// Maps carry no order; whatever needs the order of a file reads marked nodes instead.
package enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([Value])
  case map([String: Value])
}

extension Value {
  /// The one JSON text of this value: sorted keys, exact integers, shortest round-trip floats,
  /// `-0` written as `0`, NFC strings.
  ///
  /// Equal values give equal bytes, so cache keys and artifacts are hashed over this form.
  /// A float that JSON cannot hold (NaN, infinities) is written as `null`; the readers of
  /// parameters refuse it before it can reach a key.
  package var canonicalJSON: String {
    var text = ""
    appendCanonicalJSON(to: &text)
    return text
  }

  /// The short text a person would write for this value: the default label of an axis value.
  package var plainText: String {
    if case .string(let text) = self { return text }
    return canonicalJSON
  }

  private func appendCanonicalJSON(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .int(let number): text += String(number)
    case .double(let number): text += Value.canonicalText(of: number)
    case .string(let string): Value.appendQuoted(string, to: &text)
    case .list(let items):
      text += "["
      for (index, item) in items.enumerated() {
        if index > 0 { text += "," }
        item.appendCanonicalJSON(to: &text)
      }
      text += "]"
    case .map(let entries):
      text += "{"
      for (index, key) in entries.keys.sorted().enumerated() {
        if index > 0 { text += "," }
        Value.appendQuoted(key, to: &text)
        text += ":"
        entries[key, default: .null].appendCanonicalJSON(to: &text)
      }
      text += "}"
    }
  }

  /// The shortest decimal text that reads back as the same double.
  package static func canonicalText(of number: Double) -> String {
    guard number.isFinite else { return "null" }
    return number == 0 ? "0.0" : number.description
  }

  /// Whether a string is ASCII without anything to escape.
  static func isPlain(_ string: String) -> Bool {
    var string = string
    return string.withUTF8 { utf8 in
      for byte in utf8 where byte < 0x20 || byte > 0x7E || byte == 0x22 || byte == 0x5C {
        return false
      }
      return true
    }
  }

  private static func appendQuoted(_ string: String, to text: inout String) {
    text += "\""
    // Plain text is its own canonical form.
    if isPlain(string) {
      text += string
      text += "\""
      return
    }
    for scalar in string.precomposedStringWithCanonicalMapping.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension Value {
  /// The name of this value's type in messages.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int: "an integer"
    case .double: "a number"
    case .string: "a string"
    case .list: "a list"
    case .map: "a map"
    }
  }
}

import Foundation

/// Text that is not JSON, with the place of the first offence.
package struct JSONError: Error, Hashable, Sendable {
  /// Bytes from the start of the data.
  package let offset: Int
  package let what: String
}

extension Value {
  /// Reads one JSON document (RFC 8259): numbers with a point or an exponent become doubles, all
  /// others integers.
  ///
  /// Refused: more than 256 MiB, deeper nesting than `maxDepth`, repeated keys, integers beyond
  /// 64 bits, numbers beyond the range of doubles, invalid UTF-8, anything after the document.
  package init(json data: Data, maxDepth: Int = 64) throws(JSONError) {
    guard data.count <= 256 << 20 else {
      throw JSONError(offset: 0, what: "\(data.count) bytes are more than 256 MiB")
    }
    var reader = JSONReader(bytes: [UInt8](data), maxDepth: maxDepth)
    self = try reader.document()
  }
}

/// A recursive-descent reader; the depth limit bounds the recursion.
private struct JSONReader {
  let bytes: [UInt8]
  let maxDepth: Int
  var at = 0

  init(bytes: [UInt8], maxDepth: Int) {
    self.bytes = bytes
    self.maxDepth = maxDepth
  }

  mutating func document() throws(JSONError) -> Value {
    let value = try value(depth: 0)
    skipSpace()
    if at < bytes.count { throw error("text follows the document") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> Value {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try map(depth: depth + 1)
    case UInt8(ascii: "["): return try list(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw error("the text ends where a value is due")
    default: return try number()
    }
  }

  private mutating func map(depth: Int) throws(JSONError) -> Value {
    if depth > maxDepth { throw error("nesting is deeper than \(maxDepth)") }
    at += 1
    var entries: [String: Value] = [:]
    if skip("}") { return .map(entries) }
    repeat {
      skipSpace()
      let start = at
      guard peek == UInt8(ascii: "\"") else { throw error("a quoted key is due") }
      let key = try string()
      guard skip(":") else { throw error("':' is due") }
      let value = try value(depth: depth)
      guard entries.updateValue(value, forKey: key) == nil else {
        throw JSONError(offset: start, what: "key '\(key)' is repeated")
      }
    } while skip(",")
    guard skip("}") else { throw error("',' or '}' is due") }
    return .map(entries)
  }

  private mutating func list(depth: Int) throws(JSONError) -> Value {
    if depth > maxDepth { throw error("nesting is deeper than \(maxDepth)") }
    at += 1
    var items: [Value] = []
    if skip("]") { return .list(items) }
    repeat { items.append(try value(depth: depth)) } while skip(",")
    guard skip("]") else { throw error("',' or ']' is due") }
    return .list(items)
  }

  private mutating func word(_ word: String, _ value: Value) throws(JSONError) -> Value {
    guard bytes[at...].starts(with: word.utf8) else { throw error("'\(word)' is due") }
    at += word.utf8.count
    return value
  }

  private mutating func number() throws(JSONError) -> Value {
    let start = at
    while let byte = peek, "+-.0123456789eE".utf8.contains(byte) { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let isSound =
      digits.first?.isNumber == true
      && !(digits.first == "0" && digits.dropFirst().first?.isNumber == true)
    if isSound, text.contains(where: { ".eE".contains($0) }) {
      if let number = Double(text), number.isFinite { return .double(number) }
    } else if isSound, let number = Int(text) {
      return .int(number)
    }
    at = start
    throw error(
      text.isEmpty ? "a value is due" : "'\(text.prefix(40))' is not a number within range")
  }

  private mutating func string() throws(JSONError) -> String {
    at += 1
    var text: [UInt8] = []
    let start = at
    while let byte = peek, byte != UInt8(ascii: "\"") {
      if byte < 0x20 { throw error("a control character stands in a string") }
      at += 1
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(try escape()).utf8)
      } else {
        text.append(byte)
      }
    }
    guard peek != nil else { throw JSONError(offset: start - 1, what: "the string does not end") }
    at += 1
    guard let string = String(validating: text, as: UTF8.self) else {
      throw JSONError(offset: start, what: "the string is not valid UTF-8")
    }
    return string
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = peek else { throw error("the string does not end") }
    at += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw error("'\\' before this character means nothing")
    }
  }

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let first = try hexadecimal()
    guard (0xD800..<0xDC00).contains(first) else {
      guard let scalar = Unicode.Scalar(first) else { throw error("half a surrogate pair") }
      return scalar
    }
    guard bytes[at...].starts(with: "\\u".utf8) else { throw error("half a surrogate pair") }
    at += 2
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error("half a surrogate pair") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    let digits = String(decoding: bytes[at..<min(at + 4, bytes.count)], as: UTF8.self)
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit),
      let number = UInt32(digits, radix: 16)
    else { throw error("four hexadecimal digits are due") }
    at += 4
    return number
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard let byte = peek, byte == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private func error(_ what: String) -> JSONError { JSONError(offset: at, what: what) }
}

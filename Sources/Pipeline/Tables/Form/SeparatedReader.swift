/// Reads records of separated fields (RFC 4180): fields may be quoted, then hold separators, line
/// ends and doubled quotes. Empty lines are passed over.
package struct SeparatedReader {
  /// What does not have this form, with its line.
  package struct Problem: Error, Hashable, Sendable {
    package let line: Int
    package let what: String
    package let fix: String
  }

  private let bytes: [UInt8]
  private let separator: UInt8
  private var at = 0
  private var line = 1

  package init(_ bytes: [UInt8], separator: UInt8) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    self.separator = separator
  }

  /// The next record with the line on which it starts; `nil` at the end.
  package mutating func nextRecord() throws(Problem) -> (line: Int, fields: [String])? {
    while isAtLineEnd { passLineEnd() }
    guard at < bytes.count else { return nil }
    let start = line
    var fields = [try field()]
    while at < bytes.count, bytes[at] == separator {
      at += 1
      fields.append(try field())
    }
    if at < bytes.count, !isAtLineEnd {
      throw Problem(
        line: line, what: "text follows a closing quote", fix: "double quotes within quotes")
    }
    passLineEnd()
    return (start, fields)
  }

  private mutating func field() throws(Problem) -> String {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
      let start = at
      while at < bytes.count, bytes[at] != separator, !isAtLineEnd { at += 1 }
      return try text(bytes[start..<at])
    }
    let start = line
    at += 1
    var content: [UInt8] = []
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\"") {
        at += 1
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
          return try text(content[...])
        }
      } else if bytes[at] == UInt8(ascii: "\n") {
        line += 1
      }
      content.append(bytes[at])
      at += 1
    }
    throw Problem(line: start, what: "a quoted field does not end", fix: "close it")
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws(Problem) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(line: line, what: "this is not valid UTF-8", fix: "write UTF-8")
    }
    return text
  }

  private var isAtLineEnd: Bool {
    guard at < bytes.count else { return false }
    return bytes[at] == UInt8(ascii: "\n")
      || (bytes[at] == UInt8(ascii: "\r") && at + 1 < bytes.count
        && bytes[at + 1] == UInt8(ascii: "\n"))
  }

  private mutating func passLineEnd() {
    guard isAtLineEnd else { return }
    at += bytes[at] == UInt8(ascii: "\r") ? 2 : 1
    line += 1
  }
}

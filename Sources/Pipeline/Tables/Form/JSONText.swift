import Foundation

/// JSON written piece by piece, for documents too large to be built as a tree first.
///
///     var json = JSONText()
///     json.map { json in
///       json.key("name")
///       json.string("a")
///     }
///
/// Whoever writes keys writes them in sorted order, so that the text is canonical.
struct JSONText {
  /// UTF-8. Bytes, for appending to a string costs several times as much.
  private var bytes: [UInt8] = []
  /// Whether a comma must stand before what comes next.
  private var isBehindValue = false

  mutating func map(_ body: (inout JSONText) -> Void) {
    open("{")
    body(&self)
    close("}")
  }

  mutating func list(_ body: (inout JSONText) -> Void) {
    open("[")
    body(&self)
    close("]")
  }

  mutating func list(_ items: [some JSONWritable]) {
    list { json in for item in items { item.write(to: &json) } }
  }

  /// What was written since the last call; the text goes on behind it.
  mutating func take() -> Data {
    defer { bytes.removeAll(keepingCapacity: true) }
    return Data(bytes)
  }

  mutating func key(_ name: String) {
    separate()
    appendQuoted(name)
    append(":")
    isBehindValue = false
  }

  mutating func string(_ string: String) {
    separate()
    appendQuoted(string)
  }

  mutating func int(_ number: Int) { raw(String(number)) }

  mutating func double(_ number: Double) { raw(Value.canonicalText(of: number)) }

  mutating func value(_ value: Value) { raw(value.canonicalJSON) }

  /// What is JSON already.
  mutating func raw(_ json: String) {
    separate()
    append(json)
  }

  /// Starts a line, behind the comma if there is one to come.
  mutating func breakLine() {
    if isBehindValue { append(",") }
    append("\n")
    isBehindValue = false
  }

  /// Ends the last line; nothing comes behind it but a bracket.
  mutating func endLines() { append("\n") }

  /// Begins a map or a list that is not written in one go; ``close(_:)`` ends it.
  mutating func open(_ bracket: String) {
    separate()
    append(bracket)
    isBehindValue = false
  }

  mutating func close(_ bracket: String) {
    append(bracket)
    isBehindValue = true
  }

  private mutating func separate() {
    if isBehindValue { append(",") }
    isBehindValue = true
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func appendQuoted(_ string: String) {
    // Plain text is its own canonical form.
    guard Value.isPlain(string) else { return append(Value.string(string).canonicalJSON) }
    append("\"")
    append(string)
    append("\"")
  }
}

/// What knows its own JSON.
protocol JSONWritable {
  func write(to json: inout JSONText)
}

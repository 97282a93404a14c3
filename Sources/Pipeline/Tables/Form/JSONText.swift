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
  private(set) var text = ""
  /// Whether a comma must stand before what comes next.
  private var isBehindValue = false

  mutating func map(_ body: (inout JSONText) -> Void) { enclose("{", "}", body) }

  mutating func list(_ body: (inout JSONText) -> Void) { enclose("[", "]", body) }

  /// A list of such values, each on a line of its own if asked so.
  mutating func list(_ items: [some JSONWritable], onLines: Bool = false) {
    list { json in
      for item in items {
        if onLines { json.breakLine() }
        item.write(to: &json)
      }
      if onLines { json.endLines() }
    }
  }

  mutating func key(_ name: String) {
    separate()
    Value.appendQuoted(name, to: &text)
    text += ":"
    isBehindValue = false
  }

  mutating func string(_ string: String) {
    separate()
    Value.appendQuoted(string, to: &text)
  }

  mutating func int(_ number: Int) { raw(String(number)) }

  mutating func double(_ number: Double) { raw(Value.canonicalText(of: number)) }

  mutating func value(_ value: Value) {
    separate()
    value.appendCanonicalJSON(to: &text)
  }

  /// What is JSON already.
  mutating func raw(_ json: String) {
    separate()
    text += json
  }

  /// Starts a line, behind the comma if there is one to come.
  mutating func breakLine() {
    if isBehindValue { text += "," }
    text += "\n"
    isBehindValue = false
  }

  /// Ends the last line; nothing comes behind it but a bracket.
  mutating func endLines() { text += "\n" }

  private mutating func enclose(
    _ open: String, _ close: String, _ body: (inout JSONText) -> Void
  ) {
    separate()
    text += open
    isBehindValue = false
    body(&self)
    text += close
    isBehindValue = true
  }

  private mutating func separate() {
    if isBehindValue { text += "," }
    isBehindValue = true
  }
}

/// What knows its own JSON.
protocol JSONWritable {
  func write(to json: inout JSONText)
}

/// Typed readings of nodes; each reports what does not fit and then gives `nil`.
extension DiagnosticCollector {
  /// Any scalar's text as written.
  func text(_ node: YAMLNode?, _ subject: String) -> String? {
    guard let node else { return nil }
    if let text = node.text { return text }
    mismatch(node, subject, expected: "a text")
    return nil
  }

  func int(_ node: YAMLNode?, _ subject: String, in range: ClosedRange<Int>) -> Int? {
    guard let node else { return nil }
    if case .int(let number) = node.value, range.contains(number) { return number }
    let bounds =
      range.upperBound == .max ? "of at least \(range.lowerBound)" : "within \(range)"
    mismatch(node, subject, expected: "an integer \(bounds)")
    return nil
  }

  /// A finite number; `5%` reads as 0.05.
  func double(_ node: YAMLNode?, _ subject: String) -> Double? {
    guard let node else { return nil }
    switch node.value {
    case .int(let number): return Double(number)
    case .double(let number) where number.isFinite: return number
    case .string(let text):
      if let fraction = Units.fraction(percent: text) { return fraction }
    default: break
    }
    mismatch(node, subject, expected: "a number")
    return nil
  }

  /// Seconds.
  func duration(_ node: YAMLNode?, _ subject: String) -> Double? {
    guard let node else { return nil }
    if let text = node.text, let seconds = Units.seconds(text) { return seconds }
    mismatch(node, subject, expected: Units.durations, fix: "write it like 90s, 10m or 2h")
    return nil
  }

  /// Bytes.
  func size(_ node: YAMLNode?, _ subject: String) -> Int? {
    guard let node else { return nil }
    if let text = node.text, let bytes = Units.bytes(text) { return bytes }
    mismatch(node, subject, expected: Units.sizes, fix: "write it like 512MiB or 2GB")
    return nil
  }

  /// One case of an enumeration, by its raw value.
  func choice<Choice>(
    _ node: YAMLNode?, _ subject: String, as type: Choice.Type = Choice.self
  ) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
    guard let node else { return nil }
    if let text = node.text, let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    let nearest = node.text.flatMap { nearestName(to: $0, in: names) }
    error(
      at: node.location, "\(subject) is \(Self.quoted(node))",
      why: "expected one of " + names.joined(separator: ", "),
      fix: nearest.map { "did you mean '\($0)'?" } ?? "")
    return nil
  }

  /// A text, or a list of texts, each with its node.
  func texts(_ node: YAMLNode?, _ subject: String) -> [(text: String, node: YAMLNode)] {
    guard let node else { return [] }
    return (node.items ?? [node]).compactMap { item in
      text(item, subject).map { ($0, item) }
    }
  }

  /// The entries of a map; names of the language are checked.
  func named(_ node: YAMLNode?, _ subject: String) -> [YAMLNode.Entry] {
    guard let node else { return [] }
    guard let entries = node.isNull ? [] : node.entries else {
      mismatch(node, subject, expected: "a map of names")
      return []
    }
    return entries.filter { entry in
      if entry.key.hasPrefix("x-") { return false }
      if Self.isName(entry.key) { return true }
      error(
        at: entry.keyLocation, "'\(entry.key)' is not a valid name in \(subject)",
        why: "names are lower-case letters, digits and '_', and start with a letter",
        fix: Self.madeValid(entry.key).map { "write '\($0)'" } ?? "choose another name")
      return false
    }
  }

  func mismatch(_ node: YAMLNode, _ subject: String, expected: String, fix: String = "") {
    error(
      at: node.location, "\(subject) is \(Self.quoted(node))", why: "expected \(expected)",
      fix: fix)
  }

  /// The nearest known name as a remedy, or the list of them.
  static func remedy(for name: String, among names: [String], none: String) -> String {
    if let nearest = nearestName(to: name, in: names) { return "did you mean '\(nearest)'?" }
    return names.isEmpty ? none : "choose one of: " + names.prefix(20).joined(separator: ", ")
  }

  /// A scalar as it is written.
  private static func quoted(_ node: YAMLNode) -> String {
    guard let text = node.text, !node.isNull else { return node.value.typeName }
    return "'\(text)'"
  }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) else { return false }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return text.utf8.allSatisfy {
      isLetter($0) || digits.contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func madeValid(_ text: String) -> String? {
    let candidate = String(text.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
    return isName(candidate) ? candidate : nil
  }
}

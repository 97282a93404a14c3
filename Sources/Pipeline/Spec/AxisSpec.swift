/// One axis: a name and its labelled values, in order.
struct AxisSpec: Sendable {
  struct Entry: Sendable {
    let label: String
    let source: SourcedValue
  }

  let name: String
  let location: SourceLocation
  private(set) var entries: [Entry]
  /// Labels that the file gives it and a change from outside took away.
  private(set) var narrowedLabels: Set<String> = []

  func index(of label: String) -> Int? { entries.firstIndex { $0.label == label } }

  /// The entry that a selector's scalar means: by its text, or by its canonical text (`1.50`).
  func index(of node: YAMLNode) -> Int? {
    guard let text = node.text else { return nil }
    return index(of: text) ?? index(of: node.value.plainText)
  }

  /// Whether a selector's scalar means a label that a change from outside took away.
  func isNarrowedAway(_ node: YAMLNode) -> Bool {
    guard let text = node.text, index(of: node) == nil else { return false }
    return narrowedLabels.contains(text) || narrowedLabels.contains(node.value.plainText)
  }

  /// Notes which labels of these earlier forms of the axis are gone.
  mutating func remember(_ former: [AxisSpec]) {
    let known = former.flatMap { $0.entries.map(\.label) + $0.narrowedLabels }
    narrowedLabels = Set(known).subtracting(entries.map(\.label))
  }

  /// Adds a value that only some rows of a stage's own axis have.
  mutating func append(_ entry: Entry) { entries.append(entry) }

  /// Reads a list of values or of `{label, value}`.
  ///
  /// `base` is the declared axis when a profile or an override replaces its entries: an element
  /// that is one of its labels stands for that entry. `origin` says where the entries come from, in
  /// words ("axes", "profile smoke").
  init?(
    _ name: String, at location: SourceLocation, _ node: YAMLNode, base: AxisSpec? = nil,
    origin: String, _ errors: DiagnosticCollector
  ) {
    self.name = name
    self.location = location
    guard let items = node.items, !items.isEmpty else {
      errors.error(
        at: node.location, "axis '\(name)' has no values",
        why: "an axis is a list of at least one value or {label, value}",
        fix: "write \(name): [...]")
      return nil
    }
    var entries: [Entry] = []
    var labels: Set<String> = []
    var repeated = 0
    for item in items {
      guard let entry = Self.entry(item, of: name, base: base, origin: origin, errors) else {
        continue
      }
      if !labels.insert(entry.label).inserted {
        errors.error(
          at: item.location, "axis '\(name)' has the label '\(entry.label)' twice",
          why: "labels name the instances", fix: "remove one, or give it another label")
        repeated += 1
      } else {
        entries.append(entry)
      }
    }
    guard entries.count + repeated == items.count else { return nil }
    self.entries = entries
  }

  private static func entry(
    _ item: YAMLNode, of axis: String, base: AxisSpec?, origin: String,
    _ errors: DiagnosticCollector
  ) -> Entry? {
    if let text = item.text, let base, let index = base.index(of: text) {
      return base.entries[index]
    }
    var label = item.text ?? ""
    var node = item
    if item.entries != nil {
      let subject = "entry of axis '\(axis)'"
      guard let map = MapReader(item, subject, keys: ["label", "value"], errors) else { return nil }
      guard let value = map["value"] else {
        errors.error(
          at: item.location, "\(subject) has no value", why: "entries are {label, value}",
          fix: "add value: to it")
        return nil
      }
      node = value
      label = errors.text(map["label"], "label of axis '\(axis)'") ?? value.value.plainText
    } else if case .scalar(_, isPlain: true) = item.content {
      label = item.value.plainText
    }
    if ParameterSpec.holdsExpression(node) {
      errors.error(
        at: node.location, "axis '\(axis)' holds an expression", why: "axes are plain values",
        fix: "write the value itself")
      return nil
    }
    guard !label.isEmpty, !label.contains(where: { "[],=|{}\n".contains($0) }) else {
      errors.error(
        at: item.location,
        label.isEmpty
          ? "this value of axis '\(axis)' needs a label"
          : "'\(label)' cannot be a label of axis '\(axis)'",
        why: "labels name instances and hold none of [ ] { } , = |",
        fix: "write {label: \"...\", value: ...}")
      return nil
    }
    let source = SourcedValue(
      value: node.value, node: node, origin: SourcedValue.origin(origin, node.location))
    return Entry(label: label, source: source)
  }
}

/// One stage as written, before its axes are expanded.
struct StageSpec: Sendable {
  struct Parameter: Sendable {
    let name: String
    let nameLocation: SourceLocation
    let node: YAMLNode
    let template: Template
  }

  /// Which axes of a producer are collected into a list.
  enum Gather: Sendable {
    case none
    case all
    case axes([(name: String, node: YAMLNode)])
  }

  struct Input: Sendable {
    let slot: String
    let slotLocation: SourceLocation
    /// `stage.output` as written.
    let from: String
    let fromLocation: SourceLocation
    let pins: [(axis: String, location: SourceLocation, label: YAMLNode)]
    let gather: Gather
    /// Where the problem lies when the axes do not join.
    let location: SourceLocation
  }

  /// Which outputs stay in the store once nobody needs them any more.
  enum Keeping: Sendable {
    case all
    /// None of those that can go.
    case none
    case named([(output: String, location: SourceLocation, isKept: Bool)])
  }

  /// Which rows of the product of the axes there are.
  struct Matrix: Sendable {
    var axes: [(name: String, location: SourceLocation)] = []
    /// Axes declared by this stage alone.
    var local: [AxisSpec] = []
    /// Whether all its axes could be read.
    var isSound = true
    var exclude: [YAMLNode] = []
    var include: [YAMLNode] = []
  }

  let name: String
  let location: SourceLocation
  /// `nil` when it is missing, which is reported.
  let kind: String?
  let kindLocation: SourceLocation
  /// Those that have a value, and those whose value is malformed; `nil` for what is no map.
  let parameters: [Parameter]?
  let inputs: [Input]
  /// All names under `inputs`, also of those that are no sound inputs.
  let slots: Set<String>
  let matrix: Matrix
  let needs: [(name: String, location: SourceLocation)]
  let condition: (template: Template, node: YAMLNode)?
  let keeping: Keeping
  let settings: RunSettings

  static let keys =
    ["uses", "with", "inputs", "matrix", "needs", "if", "cache"] + RunSettings.keys

  init?(_ entry: YAMLNode.Entry, _ errors: DiagnosticCollector) {
    let subject = "stage '\(entry.key)'"
    guard let map = MapReader(entry.value, subject, keys: Self.keys, errors) else { return nil }
    name = entry.key
    location = entry.keyLocation
    if map["uses"] == nil {
      errors.error(
        at: location, "\(subject) does not say what it uses",
        why: "every stage is of a registered type; 'pipeline stages' lists them",
        fix: "add uses: TYPE")
    }
    kind = errors.text(map["uses"], "'uses' of \(subject)")
    kindLocation = map["uses"]?.location ?? location
    parameters = Self.parameters(map["with"], subject, errors)
    slots = Set((map["inputs"]?.entries ?? []).map(\.key))
    inputs = (map["inputs"].map { errors.named($0, "inputs of \(subject)") } ?? [])
      .compactMap { Self.input($0, subject, errors) }
    matrix = Self.matrix(map["matrix"], subject, errors)
    needs = errors.texts(map["needs"], "'needs' of \(subject)").map { ($0.text, $0.node.location) }
    condition = map["if"].flatMap { node in Template(node, errors).map { ($0, node) } }
    keeping = Self.keeping(map["cache"], subject, errors)
    settings = RunSettings(map, subject, errors)
  }

  /// `{keep: false}`, or `{keep: {OUTPUT: false}}`.
  private static func keeping(
    _ node: YAMLNode?, _ subject: String, _ errors: DiagnosticCollector
  ) -> Keeping {
    guard let node, let map = MapReader(node, "'cache' of \(subject)", keys: ["keep"], errors),
      let keep = map["keep"]
    else { return .all }
    let label = "'keep' of \(subject)"
    if case .bool(let isKept) = keep.value { return isKept ? .all : .none }
    guard keep.entries != nil else {
      errors.mismatch(keep, label, expected: "true, false, or a map from outputs to these")
      return .all
    }
    return .named(
      errors.named(keep, label).compactMap { entry in
        guard case .bool(let isKept) = entry.value.value else {
          errors.mismatch(entry.value, "'\(entry.key)' under \(label)", expected: "true or false")
          return nil
        }
        return (entry.key, entry.keyLocation, isKept)
      })
  }

  /// The parameters of a `with` map; `nil` when it is none.
  static func parameters(
    _ node: YAMLNode?, _ subject: String, _ errors: DiagnosticCollector
  ) -> [Parameter]? {
    guard let node else { return [] }
    guard let entries = node.entries else {
      errors.mismatch(node, "'with' of \(subject)", expected: "a map from parameters to values")
      return nil
    }
    return entries.filter { !$0.key.hasPrefix("x-") }.map { entry in
      Parameter(
        name: entry.key, nameLocation: entry.keyLocation, node: entry.value,
        template: Template(entry.value, errors) ?? .malformed)
    }
  }

  private static func input(
    _ entry: YAMLNode.Entry, _ subject: String, _ errors: DiagnosticCollector
  ) -> Input? {
    let label = "input '\(entry.key)' of \(subject)"
    if let from = entry.value.text {
      return Input(
        slot: entry.key, slotLocation: entry.keyLocation, from: from,
        fromLocation: entry.value.location, pins: [], gather: .none,
        location: entry.value.location)
    }
    guard
      let map = MapReader(entry.value, label, keys: ["from", "where", "gather"], errors)
    else { return nil }
    guard let source = map["from"], let from = errors.text(source, "'from' of \(label)") else {
      if map["from"] == nil {
        errors.error(
          at: entry.keyLocation, "\(label) has no 'from'",
          why: "an input is the output of a stage", fix: "add from: stage.output")
      }
      return nil
    }
    let pins = errors.named(map["where"], "'where' of \(label)").map {
      (axis: $0.key, location: $0.keyLocation, label: $0.value)
    }
    return Input(
      slot: entry.key, slotLocation: entry.keyLocation, from: from,
      fromLocation: source.location, pins: pins, gather: gather(map["gather"], label, errors),
      location: source.location)
  }

  private static func gather(
    _ node: YAMLNode?, _ label: String, _ errors: DiagnosticCollector
  ) -> Gather {
    guard let node else { return .none }
    if case .bool(let isOn) = node.value { return isOn ? .all : .none }
    guard let items = node.items else {
      errors.mismatch(node, "'gather' of \(label)", expected: "true or a list of axes")
      return .none
    }
    return .axes(
      items.compactMap { item in errors.text(item, "'gather' of \(label)").map { ($0, item) } })
  }

  /// `[axis, ...]`, or a map of local axes with `axes`, `exclude` and `include`.
  private static func matrix(
    _ node: YAMLNode?, _ subject: String, _ errors: DiagnosticCollector
  ) -> Matrix {
    var matrix = Matrix()
    guard let node else { return matrix }
    func rows(_ key: String) -> [YAMLNode] {
      guard let node = node[key] else { return [] }
      let items = node.items ?? [node]
      return items.filter { row in
        if row.entries == nil {
          errors.mismatch(row, "'\(key)' of \(subject)", expected: "maps from axes to labels")
        }
        return row.entries != nil
      }
    }
    guard node.entries != nil else {
      matrix.axes = errors.texts(node, "'matrix' of \(subject)").map { ($0.text, $0.node.location) }
      return matrix
    }
    matrix.axes = errors.texts(node["axes"], "'axes' in the matrix of \(subject)").map {
      ($0.text, $0.node.location)
    }
    matrix.exclude = rows("exclude")
    matrix.include = rows("include")
    let named = errors.named(node, "the matrix of \(subject)")
    matrix.isSound = named.count == node.entries?.count { !$0.key.hasPrefix("x-") }
    for entry in named where !["axes", "exclude", "include"].contains(entry.key) {
      let axis = AxisSpec(
        entry.key, at: entry.keyLocation, entry.value, origin: "matrix of \(subject)", errors)
      if let axis { matrix.local.append(axis) } else { matrix.isSound = false }
    }
    return matrix
  }
}

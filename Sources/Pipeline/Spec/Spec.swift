/// A specification as written: typed, with positions, independent of any profile.
struct Spec {
  let file: String
  let name: String
  let title: String
  let paper: [String: String]
  let parameters: [ParameterSpec]
  /// Declared defaults by name; every sound declaration has one.
  let standards: [String: SourcedValue]
  let axes: [AxisSpec]
  let profiles: [ProfileSpec]
  let defaults: DefaultsSpec
  let stages: [StageSpec]
  let tables: [YAMLNode.Entry]
  let plots: [YAMLNode.Entry]
  let expect: [YAMLNode]
  let sources: SourceTexts
  /// All names by section (`stages`, `tables`, ...), sound or not, so that one mistake is not
  /// reported twice.
  private let names: [String: [String]]
  private let unreadableSections: Set<String>
  /// Whether all that it includes could be read; where not, names may be declared there.
  let isComplete: Bool

  static let defaultProfile = "default"

  init(file: String, reader: SourceReader, _ errors: DiagnosticCollector) {
    let sections = SpecSections(file: file, reader: reader, errors: errors)
    self.file = file
    sources = sections.sources
    names = sections.names
    unreadableSections = sections.unreadable
    isComplete = sections.isComplete
    let isRead = !sections.head.isEmpty || !sections.maps.isEmpty
    name = isRead ? Self.name(sections.head, file, errors) : ""
    title = errors.text(sections.head["title"], "'title'") ?? name
    paper = Self.plainTexts(sections.head["paper"], errors)

    parameters = (sections.maps["params"] ?? []).compactMap { ParameterSpec($0, errors) }
    var standards: [String: SourcedValue] = [:]
    for parameter in parameters {
      standards[parameter.name] = parameter.accept(
        parameter.standard.node, origin: parameter.standard.origin, errors)
    }
    self.standards = standards
    axes = (sections.maps["axes"] ?? []).compactMap {
      AxisSpec($0.key, at: $0.keyLocation, $0.value, origin: "axes", errors)
    }
    var profiles = (sections.maps["profiles"] ?? []).map { ProfileSpec($0, errors) }
    if !profiles.contains(where: { $0.name == Self.defaultProfile }) {
      profiles.append(
        ProfileSpec(implicit: Self.defaultProfile, at: SourceLocation(whole: file)))
    }
    self.profiles = profiles

    let defaults = sections.maps["defaults"] ?? []
    self.defaults = DefaultsSpec(
      defaults.first.map { YAMLNode(.map(defaults), at: $0.keyLocation) }, "the specification",
      errors)
    let stages = sections.maps["stages"] ?? []
    if isComplete, !sections.unreadable.contains("stages"),
      sections.names["stages", default: []].isEmpty
    {
      errors.error(
        at: SourceLocation(whole: file), "the specification has no stages",
        why: "stages are what a run executes", fix: "add: stages: {NAME: {uses: TYPE}}")
    }
    self.stages = stages.compactMap { StageSpec($0, errors) }
    tables = sections.maps["tables"] ?? []
    plots = sections.maps["plots"] ?? []
    expect = sections.expect
  }

  var stageNames: [String] { names["stages"] ?? [] }
  var tableNames: [String] { names["tables"] ?? [] }

  /// Declared axes whose entries are not known.
  var unsoundAxes: Set<String> { Set(names["axes"] ?? []).subtracting(axes.map(\.name)) }

  /// Whether a section declares a name, or may do so but for a mistake that is reported.
  func declares(_ name: String, in section: String) -> Bool {
    unreadableSections.contains(section) || (names[section]?.contains(name) ?? false)
  }

  private static func name(
    _ head: [String: YAMLNode], _ file: String, _ errors: DiagnosticCollector
  ) -> String {
    if let version = head["version"] {
      if version.value != .int(1) {
        errors.mismatch(version, "'version'", expected: "1, the only version of the language")
      }
    } else {
      errors.error(
        at: SourceLocation(whole: file), "the specification has no version",
        why: "the version says how to read the file", fix: "add: version: 1")
    }
    guard let node = head["name"] else {
      errors.error(
        at: SourceLocation(whole: file), "the specification has no name",
        why: "results go to results/NAME", fix: "add: name: my_experiment")
      return ""
    }
    let text = errors.text(node, "'name'") ?? ""
    let probe = YAMLNode.Entry(key: text, keyLocation: node.location, value: node)
    let names = errors.named(YAMLNode(.map([probe]), at: node.location), "the specification")
    return names.first?.key ?? ""
  }

  private static func plainTexts(
    _ node: YAMLNode?, _ errors: DiagnosticCollector
  ) -> [String: String] {
    guard let node else { return [:] }
    guard let entries = node.entries else {
      errors.mismatch(node, "'paper'", expected: "a map such as {key: NAME, note: \"...\"}")
      return [:]
    }
    return Dictionary(
      entries.map { ($0.key, $0.value.text ?? $0.value.value.plainText) },
      uniquingKeysWith: { first, _ in first })
  }
}

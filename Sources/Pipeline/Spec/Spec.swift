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
  /// All names under `stages`, sound or not, so that one mistake is not reported twice.
  let stageNames: [String]
  let tables: [YAMLNode.Entry]
  let plots: [YAMLNode.Entry]
  let expect: [YAMLNode]
  let sources: SourceTexts
  /// Declared parameters without a sound default: what reads them cannot be evaluated.
  let unsoundParameters: Set<String>
  /// Whether axes and profiles are sound, so that stages can be evaluated.
  let isResolvable: Bool
  /// Whether all axes are sound, so that the names in stages can be checked.
  let hasSoundAxes: Bool

  static let defaultProfile = "default"

  init(file: String, reader: SourceReader, _ errors: DiagnosticCollector) {
    let sections = SpecSections(file: file, reader: reader, errors: errors)
    self.file = file
    sources = sections.sources
    let isRead = !sections.head.isEmpty || !sections.maps.isEmpty
    name = isRead ? Self.name(sections.head, file, errors) : ""
    title = errors.text(sections.head["title"], "'title'") ?? name
    paper = Self.plainTexts(sections.head["paper"], errors)

    let writtenParameters = sections.maps["params"] ?? []
    parameters = writtenParameters.compactMap { ParameterSpec($0, errors) }
    var standards: [String: SourcedValue] = [:]
    for parameter in parameters {
      standards[parameter.name] = parameter.accept(
        parameter.standard.node, origin: parameter.standard.origin, errors)
    }
    self.standards = standards
    unsoundParameters = Set(writtenParameters.map(\.key)).subtracting(standards.keys)
    let writtenAxes = sections.maps["axes"] ?? []
    axes = writtenAxes.compactMap {
      AxisSpec($0.key, at: $0.keyLocation, $0.value, origin: "axes", errors)
    }
    hasSoundAxes = axes.count == writtenAxes.count
    let writtenProfiles = sections.maps["profiles"] ?? []
    var profiles = writtenProfiles.compactMap { ProfileSpec($0, errors) }
    isResolvable = hasSoundAxes && profiles.count == writtenProfiles.count
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
    if isRead, stages.isEmpty {
      errors.error(
        at: SourceLocation(whole: file), "the specification has no stages",
        why: "stages are what a run executes", fix: "add: stages: {NAME: {uses: TYPE}}")
    }
    stageNames = stages.map(\.key)
    self.stages = stages.compactMap { StageSpec($0, errors) }
    tables = sections.maps["tables"] ?? []
    plots = sections.maps["plots"] ?? []
    expect = sections.expect
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

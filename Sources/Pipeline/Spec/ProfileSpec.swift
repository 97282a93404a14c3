/// One profile: what it changes of the specification.
struct ProfileSpec: Sendable {
  let name: String
  let location: SourceLocation
  /// Values by parameter, not yet checked against the declarations.
  let parameters: [YAMLNode.Entry]
  let axes: [YAMLNode.Entry]
  let defaults: DefaultsSpec

  static let keys = ["params", "axes", "defaults"]

  /// Of what is no profile it is one that changes nothing.
  init(_ entry: YAMLNode.Entry, _ errors: DiagnosticCollector) {
    let subject = "profile '\(entry.key)'"
    let map = MapReader(entry.value, subject, keys: Self.keys, errors)
    name = entry.key
    location = entry.keyLocation
    parameters = errors.named(map?["params"], "params of \(subject)")
    axes = errors.named(map?["axes"], "axes of \(subject)")
    defaults = DefaultsSpec(map?["defaults"], subject, errors)
  }

  init(implicit name: String, at location: SourceLocation) {
    self.name = name
    self.location = location
    parameters = []
    axes = []
    defaults = DefaultsSpec()
  }
}

/// What stages have in common (`defaults:`).
struct DefaultsSpec: Sendable {
  /// Given to every stage whose type has the parameter and whose `with` does not name it.
  var parameters: [StageSpec.Parameter] = []
  var settings = RunSettings()

  static let keys = ["with"] + RunSettings.keys

  init() {}

  init(_ node: YAMLNode?, _ subject: String, _ errors: DiagnosticCollector) {
    let label = "defaults of \(subject)"
    guard let node, let map = MapReader(node, label, keys: Self.keys, errors)
    else { return }
    parameters = StageSpec.parameters(map["with"], label, errors) ?? []
    settings = RunSettings(map, label, errors)
  }
}

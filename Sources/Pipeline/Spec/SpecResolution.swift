/// The parameters and axes that hold after profile and overrides.
struct SpecResolution {
  let profile: String
  /// Those with a sound value.
  private(set) var parameters: [String: SourcedValue]
  private(set) var axes: [AxisSpec]
  /// Declared axes whose entries are not known, because of a mistake that is reported.
  private(set) var unsoundAxes: Set<String>
  let defaults: [DefaultsSpec]

  /// All changes from outside as overrides in order, by which the run can be repeated.
  var overrides: [String] = []
  let spec: Spec
  let errors: DiagnosticCollector

  /// Applies a profile of the specification; its entries are checked on the way.
  init(_ spec: Spec, profile: ProfileSpec, _ errors: DiagnosticCollector) {
    self.spec = spec
    self.errors = errors
    self.profile = profile.name
    parameters = spec.standards
    axes = spec.axes
    unsoundAxes = spec.unsoundAxes
    // Nearest first.
    defaults = [profile.defaults, spec.defaults]
    let origin = "profile \(profile.name)"
    for entry in profile.parameters {
      set(
        parameter: entry, origin: origin, why: "a profile gives other values to declared parameters"
      )
    }
    for entry in profile.axes {
      set(axis: entry, origin: origin, why: "a profile replaces the entries of declared axes")
    }
  }

  /// Whether a name belongs to a declaration whose mistake is reported already.
  func isReported(_ name: String) -> Bool { spec.declares(name, in: "params") }

  /// Gives a parameter the value of a map's entry.
  mutating func set(parameter entry: YAMLNode.Entry, origin: String, why: String) {
    guard let declared = spec.parameters.first(where: { $0.name == entry.key }) else {
      if isReported(entry.key) { return }
      errors.error(
        at: entry.keyLocation, "there is no parameter '\(entry.key)'", why: why,
        fix: DiagnosticCollector.remedy(
          for: entry.key, among: spec.parameters.map(\.name), none: "declare it under 'params'"))
      return
    }
    let source = SourcedValue.origin(origin, entry.value.location)
    parameters[declared.name] = declared.accept(entry.value, origin: source, errors)
  }

  /// Replaces the entries of an axis by those of a map's entry.
  mutating func set(
    axis entry: YAMLNode.Entry, origin: String, why: String, narrows: Bool = false
  ) {
    guard let index = axes.firstIndex(where: { $0.name == entry.key }) else {
      if spec.declares(entry.key, in: "axes") { return }
      errors.error(
        at: entry.keyLocation, "there is no axis '\(entry.key)'", why: why,
        fix: DiagnosticCollector.remedy(
          for: entry.key, among: spec.axes.map(\.name), none: "declare it under 'axes'"))
      return
    }
    replaceAxis(
      index, with: entry.value, at: entry.keyLocation, origin: origin, narrows: narrows, errors)
  }

  /// `narrows` is whether the change comes from outside: then what the axis had is remembered.
  private mutating func replaceAxis(
    _ index: Int, with node: YAMLNode, at location: SourceLocation, origin: String, narrows: Bool,
    _ errors: DiagnosticCollector
  ) {
    let declared = spec.axes[index]
    let axis = AxisSpec(
      declared.name, at: location, node, base: declared, origin: origin, errors)
    guard var axis else {
      unsoundAxes.insert(declared.name)
      return
    }
    unsoundAxes.remove(declared.name)
    if narrows { axis.remember([declared, axes[index]]) }
    axes[index] = axis
  }

  /// Applies `key=value` or `axes.NAME=[...]` from the command line.
  mutating func apply(override text: String) {
    overrides.append(text)
    let place = SourceLocation(whole: SourceLocation.commandLine)
    guard let equals = text.firstIndex(of: "=") else {
      errors.error(
        at: place, "override '\(text)' has no '='", why: "overrides are key=value",
        fix: "write \(text)=VALUE")
      return
    }
    let key = String(text[..<equals])
    let written = String(text[text.index(after: equals)...])
    if key.hasPrefix("axes.") {
      applyAxis(String(key.dropFirst(5)), written, override: text)
      return
    }
    guard let declared = spec.parameters.first(where: { $0.name == key }) else {
      if isReported(key) { return }
      errors.error(
        at: place, "override '\(text)': no such parameter", fix: remedy(for: key))
      return
    }
    let node: YAMLNode?
    if declared.kind == .list {
      node = parse(written, override: text)
    } else {
      node = YAMLNode(.scalar(written, isPlain: true), at: place)
    }
    guard let node else { return }
    parameters[key] = declared.accept(node, origin: SourceLocation.commandLine, errors)
  }

  private mutating func applyAxis(_ name: String, _ written: String, override: String) {
    let place = SourceLocation(whole: SourceLocation.commandLine)
    guard let index = axes.firstIndex(where: { $0.name == name }) else {
      if spec.declares(name, in: "axes") { return }
      let names = axes.map(\.name)
      errors.error(
        at: place, "override '\(override)': no such axis",
        fix: DiagnosticCollector.remedy(for: name, among: names, none: "declare it under 'axes'"))
      return
    }
    guard let node = parse(written, override: override) else { return }
    guard node.items?.isEmpty == false else {
      errors.error(
        at: place, "override '\(override)': an axis takes a list of values",
        why: "it replaces the entries of axis '\(name)'",
        fix: "write 'axes.\(name)=[a, b]', quoted for the shell")
      return
    }
    let inner = DiagnosticCollector()
    replaceAxis(
      index, with: node, at: place, origin: SourceLocation.commandLine, narrows: true, inner)
    report(inner, override: override)
  }

  private func parse(_ text: String, override: String) -> YAMLNode? {
    let inner = DiagnosticCollector()
    let node = YAMLNode(
      yaml: Array(text.utf8), file: SourceLocation.commandLine, errors: inner)
    report(inner, override: override, fix: "write a list: '[a, b]', quoted for the shell")
    return node
  }

  /// Passes on what was found in the value of an override, with the override named.
  private func report(_ inner: DiagnosticCollector, override: String, fix: String? = nil) {
    for problem in inner.all {
      errors.error(
        at: SourceLocation(whole: SourceLocation.commandLine),
        "override '\(override)': \(problem.what)", why: problem.why, fix: fix ?? problem.fix)
    }
  }

  private func remedy(for key: String) -> String {
    let names = spec.parameters.map(\.name)
    guard let nearest = nearestName(to: key, in: names),
      let declared = spec.parameters.first(where: { $0.name == nearest })
    else {
      return DiagnosticCollector.remedy(
        for: key, among: names, none: "declare it under 'params'")
    }
    return "did you mean '\(nearest)' (\(declared.location.shortText))?"
  }
}

/// What a sound specification declares for nobody: likely slips, but no errors.
struct SpecWarnings {
  private let spec: Spec
  private let registry: StageRegistry

  init(_ spec: Spec, _ registry: StageRegistry) {
    self.spec = spec
    self.registry = registry
  }

  /// Reports unused parameters and axes, and stages whose tables and figures nobody sees. A stage
  /// with an `if` is an extra that somebody asks for, and files may be all that is wanted.
  func report(to warnings: DiagnosticCollector) {
    let read = namesRead
    for parameter in spec.parameters where !read.contains(parameter.name) {
      warn(
        warnings, at: parameter.location, "nothing uses the parameter '\(parameter.name)'",
        why: "changing it changes no result",
        fix: "use it in a stage (\"${\(parameter.name)}\"), or remove it")
    }
    let listed = Set(spec.stages.flatMap { $0.matrix.axes.map(\.name) })
    for axis in spec.axes where !listed.contains(axis.name) {
      warn(
        warnings, at: axis.location, "no stage varies over the axis '\(axis.name)'",
        why: "an axis multiplies only the stages that list it",
        fix: "add it to a stage (matrix: [\(axis.name)]), or remove it")
    }
    let sources = stagesRead
    for stage in spec.stages
    where !sources.contains(stage.name) && stage.condition == nil && isShowable(stage) {
      warn(
        warnings, at: stage.location, "nobody reads the stage '\(stage.name)'",
        why: "no stage takes its outputs, and no table or plot shows them",
        fix: "show it in a table, or remove it")
    }
  }

  private func warn(
    _ warnings: DiagnosticCollector, at location: SourceLocation, _ what: String, why: String,
    fix: String
  ) {
    warnings.add(Diagnostic(.warning, at: location, what, why: why, fix: fix))
  }

  private func isShowable(_ stage: StageSpec) -> Bool {
    stage.kind.flatMap { registry[$0] }?.outputs.contains {
      $0.type == .table || $0.type == .figure
    } ?? false
  }

  /// The names in all expressions.
  private var namesRead: Set<String> {
    let defaults = [spec.defaults] + spec.profiles.map(\.defaults)
    var templates = defaults.flatMap { $0.parameters.map(\.template) }
    templates += spec.stages.flatMap { ($0.parameters ?? []).map(\.template) }
    templates += spec.stages.compactMap { $0.condition?.template }
    return templates.reduce(into: []) { $0.formUnion($1.names) }
  }

  /// The stages that other stages, tables or plots name.
  private var stagesRead: Set<String> {
    var found = Set(spec.stages.flatMap { $0.needs.map(\.name) })
    var references = spec.stages.flatMap { $0.inputs.map(\.from) }
    references += (spec.tables + spec.plots).compactMap { $0.value["from"]?.text }
    for reference in references { found.insert(OutputReference(reference).stage) }
    return found
  }
}

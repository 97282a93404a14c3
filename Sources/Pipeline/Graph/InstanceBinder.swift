/// Evaluates the parameters and the condition of a stage's instances and binds them to its type.
struct InstanceBinder {
  struct Bound {
    let stage: BoundStage
    let isEnabled: Bool
    let origins: [String: String]
  }

  private let stage: CheckedStage
  private let resolution: SpecResolution
  private let parameterValues: [String: Value]
  private let errors: DiagnosticCollector
  /// Those of `with`, then what `defaults.with` adds.
  private let parameters: [StageSpec.Parameter]
  private let kinds: [String: ParameterDeclaration.Kind]
  /// Parameters whose value cannot be computed because of a mistake that is reported already.
  private let unsound: Set<String>
  /// What stands under `if`, unless it cannot be evaluated.
  private let condition: (template: Template, node: YAMLNode)?
  /// Origins that all instances share.
  private let fixedOrigins: [String: String]
  /// What reads the matrix, and so may come from elsewhere in each instance.
  private let varyingParts: [Template.Part]
  /// The experiment's parameters that each parameter reads; the same for all instances.
  let sources: [String: [String]]

  init(
    stage: CheckedStage, resolution: SpecResolution, parameterValues: [String: Value],
    errors: DiagnosticCollector
  ) {
    self.stage = stage
    self.resolution = resolution
    self.parameterValues = parameterValues
    self.errors = errors
    kinds = Dictionary(
      stage.type.parameters.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
    var parameters = stage.spec.parameters ?? []
    var known = Set(parameters.map(\.name))
    for parameter in resolution.defaults.flatMap(\.parameters)
    where kinds[parameter.name] != nil && known.insert(parameter.name).inserted {
      parameters.append(parameter)
    }
    self.parameters = parameters
    unsound = Set(
      parameters.filter { !Self.isSound($0.template, in: resolution) }.map(\.name))
    condition = stage.spec.condition.flatMap {
      Self.isSound($0.template, in: resolution) ? $0 : nil
    }
    let parts = parameters.flatMap { $0.template.parts(named: $0.name, $0.node) }
    let scope = SourceScope(parameters: resolution.parameters, matrix: [:])
    fixedOrigins = Dictionary(
      parts.filter { !$0.readsMatrix }.map { ($0.path, $0.origin(in: scope)) },
      uniquingKeysWith: { first, _ in first })
    varyingParts = parts.filter(\.readsMatrix)
    sources = Self.sources(of: parts, stage.spec.condition?.0, among: parameterValues)
  }

  private static func sources(
    of parts: [Template.Part], _ condition: Template?, among known: [String: Value]
  ) -> [String: [String]] {
    var templates = parts.map { ($0.path, $0.template) }
    if let condition { templates.append(("if", condition)) }
    let named = templates.map { name, template in
      (name, template.names.filter { known[$0] != nil }.sorted())
    }
    return Dictionary(named.filter { !$0.1.isEmpty }, uniquingKeysWith: { first, _ in first })
  }

  /// Binds the instance at a row of the matrix; every problem is reported at its definition.
  func bind(_ row: [Int]) -> Bound {
    var matrix: [String: SourcedValue] = [:]
    for (axis, index) in zip(stage.axes, row) { matrix[axis.name] = axis.entries[index].source }
    let scope = ExpressionScope(
      parameters: parameterValues, profile: resolution.profile, matrix: matrix.mapValues(\.value))
    let sources = SourceScope(parameters: resolution.parameters, matrix: matrix)
    var origins = fixedOrigins
    for part in varyingParts { origins[part.path] = part.origin(in: sources) }
    let bound = bind(in: scope, sources, without: unsound)
    return Bound(stage: bound, isEnabled: isEnabled(in: scope), origins: origins)
  }

  /// Reports what is wrong in every instance, whatever its axes are.
  func checkWhatNeedsNoMatrix() {
    let scope = ExpressionScope(
      parameters: parameterValues, profile: resolution.profile, matrix: [:])
    let sources = SourceScope(parameters: resolution.parameters, matrix: [:])
    let varying = parameters.filter { $0.template.names.contains("matrix") }.map(\.name)
    _ = bind(in: scope, sources, without: unsound.union(varying))
    if let condition, !condition.template.names.contains("matrix") {
      _ = isEnabled(in: scope)
    }
  }

  /// Evaluates and binds; nothing is said of parameters that have no value, nor of any that may
  /// depend on these.
  private func bind(
    in scope: ExpressionScope, _ sources: SourceScope, without unsound: Set<String>
  ) -> BoundStage {
    var values: [String: Value] = [:]
    var missing = unsound
    for parameter in parameters where !unsound.contains(parameter.name) {
      if let value = parameter.template.evaluate(in: scope, errors) {
        values[parameter.name] = kinds[parameter.name].map { Self.fractions(value, $0) } ?? value
      } else {
        missing.insert(parameter.name)
      }
    }
    let bound = stage.type.bind(values)
    let isComplete = missing.isEmpty && stage.spec.parameters != nil
    for problem in bound.problems
    where isComplete || isIndependent(problem, of: missing, values[problem.parameter]) {
      report(problem, sources)
    }
    return bound
  }

  /// Whether a problem is there whatever the parameters are that could not be read: of a name that
  /// the type does not have, or of a value that its own declaration refuses.
  private func isIndependent(
    _ problem: ParameterProblem, of missing: Set<String>, _ value: Value?
  ) -> Bool {
    guard let declaration = stage.type.parameters.first(where: { $0.name == problem.parameter })
    else { return value != nil }
    if missing.contains(problem.parameter) { return false }
    // Without a value it lacks one; but of a `with` that is no map that is not known.
    guard let value else { return stage.spec.parameters != nil }
    return declaration.name == StageType.outputsParameter || !declaration.accepts(value)
  }

  /// Whether all that an expression reads has a value.
  private static func isSound(_ template: Template, in resolution: SpecResolution) -> Bool {
    if template.isMalformed { return false }
    return template.names.allSatisfy { name in
      resolution.parameters[name] != nil || ExpressionScope.reservedNames.contains(name)
        || !resolution.isReported(name)
    }
  }

  private func isEnabled(in scope: ExpressionScope) -> Bool {
    guard let (template, node) = condition, let value = template.evaluate(in: scope, errors)
    else { return true }
    if case .bool(let flag) = value { return flag }
    errors.error(
      at: node.location,
      "'if' of stage '\(stage.spec.name)' is \(value.typeName), not true or false",
      why: "the text is '\(node.text ?? value.plainText)'", fix: "write a condition: \"${x > 0}\""
    )
    return true
  }

  private func report(_ problem: ParameterProblem, _ sources: SourceScope) {
    let name = stage.spec.name
    let parameter = parameters.first { $0.name == problem.parameter }
    let isKnown = kinds[problem.parameter] != nil
    let location: SourceLocation
    if let parameter, isKnown {
      location = parameter.template.source(node: parameter.node, in: sources)
        .location(element: problem.index)
    } else {
      location = parameter?.nameLocation ?? stage.spec.location
    }
    let isNamed = problem.parameter.isEmpty || problem.what.contains(problem.parameter)
    errors.error(
      at: location, isNamed ? problem.what : "\(problem.parameter): \(problem.what)",
      why: "stage '\(name)' (\(stage.type.kind))" + (problem.why.isEmpty ? "" : ": \(problem.why)"),
      fix: problem.fix)
  }

  /// `5%` for a number, or in a list of numbers.
  private static func fractions(_ value: Value, _ kind: ParameterDeclaration.Kind) -> Value {
    switch (kind, value) {
    case (.double, .string(let text)):
      return Units.fraction(percent: text).map(Value.double) ?? value
    case (.list(of: let element), .list(let items)):
      return .list(items.map { fractions($0, element) })
    default: return value
    }
  }
}

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
  /// Parameters of the experiment that have no value because of a mistake reported already.
  private let unsound: Set<String>
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
    unsound = resolution.spec.unsoundParameters.subtracting(resolution.parameters.keys)
    kinds = Dictionary(
      stage.type.parameters.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
    var parameters = stage.spec.parameters
    var known = Set(parameters.map(\.name))
    for parameter in resolution.defaults.flatMap(\.parameters)
    where kinds[parameter.name] != nil && known.insert(parameter.name).inserted {
      parameters.append(parameter)
    }
    self.parameters = parameters
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
    var values: [String: Value] = [:]
    var origins = fixedOrigins
    for part in varyingParts { origins[part.path] = part.origin(in: sources) }
    var isEvaluated = true
    for parameter in parameters {
      guard isSound(parameter.template) else {
        isEvaluated = false
        continue
      }
      do {
        let value = try parameter.template.evaluate(in: scope)
        values[parameter.name] = kinds[parameter.name].map { Self.fractions(value, $0) } ?? value
      } catch {
        errors.add(error)
        isEvaluated = false
      }
    }
    let bound = stage.type.bind(values)
    // Follow-up problems of a value that could not be computed would only confuse.
    if isEvaluated { for problem in bound.problems { report(problem, sources) } }
    return Bound(stage: bound, isEnabled: isEnabled(in: scope), origins: origins)
  }

  private func isSound(_ template: Template) -> Bool {
    unsound.isEmpty || unsound.isDisjoint(with: template.names)
  }

  private func isEnabled(in scope: ExpressionScope) -> Bool {
    guard let (template, node) = stage.spec.condition, isSound(template) else { return true }
    do {
      let value = try template.evaluate(in: scope)
      if case .bool(let flag) = value { return flag }
      errors.error(
        at: node.location,
        "'if' of stage '\(stage.spec.name)' is \(value.typeName), not true or false",
        why: "the text is '\(node.text ?? value.plainText)'", fix: "write a condition: \"${x > 0}\""
      )
    } catch {
      errors.add(error)
    }
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

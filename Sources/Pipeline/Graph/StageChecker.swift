/// Resolves the names in stages and reports those that lead nowhere.
struct StageChecker {
  let spec: Spec
  let axes: [AxisSpec]
  /// Axes whose labels are not known because of a mistake.
  let unsoundAxes: Set<String>
  let registry: StageRegistry
  let instanceLimit: Int
  let errors: DiagnosticCollector

  /// The stages of known types, in order of declaration.
  func check() -> [CheckedStage] {
    var checked = spec.stages.compactMap(resolve)
    let total = checked.reduce(0) { $0 + $1.rows.count }
    if total > instanceLimit {
      errors.error(
        at: SourceLocation(whole: spec.file),
        "the specification has \(total) instances; the limit is \(instanceLimit)",
        why: "each label of each axis multiplies the stages that vary over it",
        fix: "take labels out, or split the experiment")
      for index in checked.indices { checked[index].rows = [] }
    }
    let indices = Dictionary(
      checked.enumerated().map { ($1.spec.name, $0) }, uniquingKeysWith: { first, _ in first })
    for stage in checked { checkColumns(of: stage) }
    var connected = checked
    for index in checked.indices { connect(&connected[index], checked, indices) }
    for stage in spec.stages where indices[stage.name] == nil {
      // What it refers to can be checked whatever it is.
      _ = needs(of: stage, indices)
      for input in stage.inputs { _ = source(of: input, checked, indices) }
    }
    return connected
  }

  /// The type, outputs, axes and rows of a stage; `nil` when there is no such type.
  private func resolve(_ stage: StageSpec) -> CheckedStage? {
    let (axes, isSound) = axes(of: stage)
    var rows = MatrixRows(axes: axes, stage: stage, limit: instanceLimit, errors: errors)
    let isExpanded = isSound && rows.expand()
    guard let type = type(of: stage) else { return nil }
    let (outputs, isOpen) = outputs(of: stage, type)
    return CheckedStage(
      spec: stage, type: type, outputs: outputs, hasOpenOutputs: isOpen,
      transientOutputs: isOpen ? [] : transientOutputs(of: stage, outputs), axes: rows.axes,
      hasSoundAxes: isSound, rows: isExpanded ? rows.rows : [])
  }

  /// Tables and figures are the results themselves: they always stay.
  private func transientOutputs(of stage: StageSpec, _ outputs: [OutputSlot]) -> Set<String> {
    let names = outputs.filter { $0.type != .table && $0.type != .figure }.map(\.name)
    switch stage.keeping {
    case .all: return []
    case .none:
      if names.isEmpty, !outputs.isEmpty {
        errors.error(
          at: stage.location, "stage '\(stage.name)' has nothing to let go",
          why: "tables and figures are results, which are always kept",
          fix: "remove 'cache: {keep: false}'")
      }
      return Set(names)
    case .named(let written):
      for (name, location, isKept) in written where !isKept && !names.contains(name) {
        let isResult = outputs.contains { $0.name == name }
        errors.error(
          at: location,
          isResult
            ? "output '\(name)' of stage '\(stage.name)' is always kept"
            : "stage '\(stage.name)' has no output '\(name)'",
          why: isResult
            ? "tables and figures are results"
            : "it has: " + outputs.map(\.name).joined(separator: ", "),
          fix: isResult
            ? "remove it" : DiagnosticCollector.remedy(for: name, among: names, none: "remove it"))
      }
      return Set(written.filter { !$0.isKept }.map(\.output)).intersection(names)
    }
  }

  private func type(of stage: StageSpec) -> StageType? {
    guard let kind = stage.kind else { return nil }
    if let type = registry[kind] { return type }
    errors.error(
      at: stage.kindLocation, "there is no stage type '\(kind)'",
      why: "'pipeline stages' lists all types",
      fix: DiagnosticCollector.remedy(
        for: kind, among: registry.types.map(\.kind), none: "register it first"))
    // As with misspelt keys, the rest is read as it is most likely meant.
    return nearestName(to: kind, in: registry.types.map(\.kind)).flatMap { registry[$0] }
  }

  /// The outputs of a stage, and whether a mistake in what names them may hide others.
  ///
  /// Other stages refer to outputs by name, so these are the same for all instances: the parameter
  /// that names them holds no expression.
  private func outputs(of stage: StageSpec, _ type: StageType) -> ([OutputSlot], isOpen: Bool) {
    guard type.isExternal else { return (type.outputs, false) }
    let parameters = stage.parameters ?? []
    let constants = parameters.compactMap { parameter in
      parameter.template.constantValue.map { (parameter.name, $0) }
    }
    let named = parameters.first { $0.name == StageType.outputsParameter }
    if let named, named.template.constantValue == nil, !named.template.isMalformed {
      errors.error(
        at: named.nameLocation, "the outputs of stage '\(stage.name)' hold an expression",
        why: "other stages refer to them by name and type, in every instance",
        fix: "write them out: outputs: {name: type}")
    }
    let values = Dictionary(constants, uniquingKeysWith: { first, _ in first })
    let isRefused = type.bind(values).problems.contains {
      $0.parameter == StageType.outputsParameter
    }
    return (type.outputs(with: values), isRefused)
  }

  /// A column that a program declares is there to be seen; under an axis's name it would not be.
  private func checkColumns(of stage: CheckedStage) {
    guard stage.type.isExternal,
      let named = stage.spec.parameters?.first(where: { $0.name == StageType.outputsParameter })
    else { return }
    for output in stage.outputs {
      for column in output.columns where stage.axes.contains(where: { $0.name == column.name }) {
        errors.error(
          at: named.nameLocation,
          "column '\(column.name)' of '\(stage.spec.name).\(output.name)' is an axis, too",
          why: "the axis's label stands in the column of that name",
          fix: "rename the column, in what the program writes, too")
      }
    }
  }

  /// The axes of a stage in order, and whether these are all of them.
  private func axes(of stage: StageSpec) -> ([AxisSpec], isSound: Bool) {
    var names: Set<String> = []
    var isSound = stage.matrix.isSound
    for (name, location) in stage.matrix.axes {
      if unsoundAxes.contains(name) {
        isSound = false
      } else if !axes.contains(where: { $0.name == name }) {
        isSound = false
        if spec.declares(name, in: "axes") { continue }
        errors.error(
          at: location, "there is no axis '\(name)'",
          fix: DiagnosticCollector.remedy(
            for: name, among: axes.map(\.name), none: "declare it under 'axes'"))
      } else if !names.insert(name).inserted {
        errors.error(at: location, "the axis '\(name)' is listed twice", fix: "remove one")
      }
    }
    var own = stage.matrix.local
    for axis in own where axes.contains(where: { $0.name == axis.name }) {
      errors.error(
        at: axis.location, "the axis '\(axis.name)' is declared under 'axes' already",
        why: "a stage's own axes have names of their own",
        fix: "list it (matrix: {axes: [\(axis.name)]}), or choose another name")
      isSound = false
      own.removeAll { $0.name == axis.name }
    }
    return (axes.filter { names.contains($0.name) } + own, isSound)
  }
}

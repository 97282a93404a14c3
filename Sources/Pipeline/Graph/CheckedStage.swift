/// A stage whose names are resolved: its type, axes, input slots and producers.
struct CheckedStage {
  struct Input {
    let written: StageSpec.Input
    let slot: InputSlot
    let producer: Int
    let output: OutputSlot
  }

  let spec: StageSpec
  let type: StageType
  /// Those of the type, or those that the stage itself names.
  let outputs: [OutputSlot]
  /// Names of the outputs that go once nobody needs them any more.
  let transientOutputs: Set<String>
  /// In order of declaration, those of the stage alone last.
  var axes: [AxisSpec]
  /// Labels by axis, as indices into the entries of ``axes``; one row for each instance.
  var rows: [[Int]]
  var inputs: [Input] = []
  /// Indices of stages that must end first.
  var needs: [Int] = []
}

/// Resolves the names in stages and reports those that lead nowhere.
struct StageChecker {
  let spec: Spec
  let axes: [AxisSpec]
  let registry: StageRegistry
  let instanceLimit: Int
  let errors: DiagnosticCollector

  /// The sound stages in order of declaration.
  func check() -> [CheckedStage] {
    var checked: [CheckedStage] = []
    for stage in spec.stages {
      guard let type = type(of: stage), let axes = axes(of: stage) else { continue }
      var rows = MatrixRows(axes: axes, stage: stage, limit: instanceLimit, errors: errors)
      guard rows.expand() else { continue }
      let outputs = outputs(of: stage, type)
      checked.append(
        CheckedStage(
          spec: stage, type: type, outputs: outputs,
          transientOutputs: transientOutputs(of: stage, outputs), axes: rows.axes,
          rows: rows.rows))
    }
    let total = checked.reduce(0) { $0 + $1.rows.count }
    if total > instanceLimit {
      errors.error(
        at: SourceLocation(whole: spec.file),
        "the specification has \(total) instances; the limit is \(instanceLimit)",
        why: "each label of each axis multiplies the stages that vary over it",
        fix: "take labels out, or split the experiment")
      return []
    }
    let indices = Dictionary(
      checked.enumerated().map { ($1.spec.name, $0) }, uniquingKeysWith: { first, _ in first })
    for stage in checked { checkColumns(of: stage) }
    var connected = checked
    for index in checked.indices { connect(&connected[index], checked, indices) }
    return connected
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
    if let type = registry[stage.kind] { return type }
    errors.error(
      at: stage.kindLocation, "there is no stage type '\(stage.kind)'",
      why: "'pipeline stages' lists all types",
      fix: DiagnosticCollector.remedy(
        for: stage.kind, among: registry.types.map(\.kind), none: "register it first"))
    return nil
  }

  /// Other stages refer to outputs by name, so these are the same for all instances: the parameter
  /// that names them holds no expression.
  private func outputs(of stage: StageSpec, _ type: StageType) -> [OutputSlot] {
    let constants = stage.parameters.compactMap { parameter in
      parameter.template.constantValue.map { (parameter.name, $0) }
    }
    if type.isExternal,
      let named = stage.parameters.first(where: { $0.name == StageType.outputsParameter }),
      named.template.constantValue == nil
    {
      errors.error(
        at: named.nameLocation, "the outputs of stage '\(stage.name)' hold an expression",
        why: "other stages refer to them by name and type, in every instance",
        fix: "write them out: outputs: {name: type}")
    }
    return type.outputs(with: Dictionary(constants, uniquingKeysWith: { first, _ in first }))
  }

  /// A column that a program declares is there to be seen; under an axis's name it would not be.
  private func checkColumns(of stage: CheckedStage) {
    guard stage.type.isExternal,
      let named = stage.spec.parameters.first(where: { $0.name == StageType.outputsParameter })
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

  private func axes(of stage: StageSpec) -> [AxisSpec]? {
    var names: Set<String> = []
    var isSound = true
    for (name, location) in stage.matrix.axes {
      if !axes.contains(where: { $0.name == name }) {
        errors.error(
          at: location, "there is no axis '\(name)'",
          fix: DiagnosticCollector.remedy(
            for: name, among: axes.map(\.name), none: "declare it under 'axes'"))
        isSound = false
      } else if !names.insert(name).inserted {
        errors.error(at: location, "the axis '\(name)' is listed twice", fix: "remove one")
      }
    }
    for axis in stage.matrix.local where axes.contains(where: { $0.name == axis.name }) {
      errors.error(
        at: axis.location, "the axis '\(axis.name)' is declared under 'axes' already",
        why: "a stage's own axes have names of their own",
        fix: "list it (matrix: {axes: [\(axis.name)]}), or choose another name")
      isSound = false
    }
    return isSound ? axes.filter { names.contains($0.name) } + stage.matrix.local : nil
  }

  /// Finds the producers of a stage's inputs and the stages it needs.
  private func connect(
    _ stage: inout CheckedStage, _ stages: [CheckedStage], _ indices: [String: Int]
  ) {
    let slots = stage.type.inputs
    for input in stage.spec.inputs {
      if stage.type.isExternal || slots.contains(where: { $0.name == input.slot }) {
        connect(&stage, input, stages, indices)
      } else {
        errors.error(
          at: input.slotLocation,
          "'\(input.slot)' is not an input of \(stage.type.kind)",
          why: slots.isEmpty
            ? "it has none" : "it has: " + slots.map(\.name).joined(separator: ", "),
          fix: DiagnosticCollector.remedy(
            for: input.slot, among: slots.map(\.name), none: "remove it"))
      }
    }
    let given = Set(stage.spec.inputs.map(\.slot))
    for slot in slots where !slot.isOptional && !given.contains(slot.name) {
      errors.error(
        at: stage.spec.location,
        "stage '\(stage.spec.name)' lacks the input '\(slot.name)'",
        why: "\(stage.type.kind) reads a \(slot.type.rawValue) there: \(slot.help)",
        fix: "add inputs: {\(slot.name): stage.output}")
    }
    for (name, location) in stage.spec.needs {
      if let index = indices[name] {
        stage.needs.append(index)
      } else if !spec.stageNames.contains(name) {
        reportMissingStage(name, at: location)
      }
    }
  }

  private func connect(
    _ stage: inout CheckedStage, _ input: StageSpec.Input, _ stages: [CheckedStage],
    _ indices: [String: Int]
  ) {
    guard let (producer, output) = source(of: input, stages, indices),
      let slot = stage.type.inputSlot(input.slot, for: output.type)
    else { return }
    guard output.type == slot.type else {
      let fitting = stages[producer].outputs.filter { $0.type == slot.type }
      errors.error(
        at: input.fromLocation,
        "'\(input.from)' is a \(output.type.rawValue), but the input '\(slot.name)' of "
          + "\(stage.type.kind) takes a \(slot.type.rawValue)",
        why: slot.help,
        fix: fitting.first.map { "did you mean '\(stages[producer].spec.name).\($0.name)'?" }
          ?? "connect an output of type \(slot.type.rawValue)")
      return
    }
    stage.inputs.append(
      CheckedStage.Input(written: input, slot: slot, producer: producer, output: output))
  }

  private func source(
    of input: StageSpec.Input, _ stages: [CheckedStage], _ indices: [String: Int]
  ) -> (Int, OutputSlot)? {
    let reference = OutputReference(input.from)
    let name = reference.stage
    guard let index = indices[name] else {
      if !spec.stageNames.contains(name) { reportMissingStage(name, at: input.fromLocation) }
      return nil
    }
    let outputs = stages[index].outputs
    guard let written = reference.output else {
      errors.error(
        at: input.fromLocation, "'\(input.from)' does not say which output",
        why: "an input is written stage.output",
        fix: "write one of: " + outputs.map { "\(name).\($0.name)" }.joined(separator: ", "))
      return nil
    }
    guard let output = outputs.first(where: { $0.name == written }) else {
      errors.error(
        at: input.fromLocation, "stage '\(name)' has no output '\(written)'",
        why: "\(stages[index].type.kind) has: " + outputs.map(\.name).joined(separator: ", "),
        fix: DiagnosticCollector.remedy(
          for: written, among: outputs.map(\.name), none: ""))
      return nil
    }
    return (index, output)
  }

  private func reportMissingStage(_ name: String, at location: SourceLocation) {
    errors.error(
      at: location, "there is no stage '\(name)'",
      fix: DiagnosticCollector.remedy(for: name, among: spec.stageNames, none: "declare it"))
  }
}

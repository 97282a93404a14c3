/// Where the inputs of stages come from, and which stages must end before others.
extension StageChecker {
  /// Finds the producers of a stage's inputs and the stages it needs.
  func connect(
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
    let given = Set(
      stage.spec.slots.flatMap { [$0, nearestName(to: $0, in: slots.map(\.name)) ?? $0] })
    for slot in slots where !slot.isOptional && !given.contains(slot.name) {
      errors.error(
        at: stage.spec.location,
        "stage '\(stage.spec.name)' lacks the input '\(slot.name)'",
        why: "\(stage.type.kind) reads a \(slot.type.rawValue) there: \(slot.help)",
        fix: "add inputs: {\(slot.name): stage.output}")
    }
    stage.needs = needs(of: stage.spec, indices)
  }

  /// The stages that a stage needs; reports those that do not exist.
  func needs(of stage: StageSpec, _ indices: [String: Int]) -> [Int] {
    stage.needs.compactMap { name, location in
      if let index = indices[name] { return index }
      if !spec.declares(name, in: "stages") { reportMissingStage(name, at: location) }
      return nil
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

  /// The producer and the output that an input names; reports what does not exist.
  func source(
    of input: StageSpec.Input, _ stages: [CheckedStage], _ indices: [String: Int]
  ) -> (Int, OutputSlot)? {
    let reference = OutputReference(input.from)
    let name = reference.stage
    guard let index = indices[name] else {
      if !spec.declares(name, in: "stages") { reportMissingStage(name, at: input.fromLocation) }
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
      if stages[index].hasOpenOutputs { return nil }
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

import Pipeline

/// A list of intensities with the trigger family that gives them a meaning.
///
/// The family is known to the trigger artifact, but only when it exists. Stating it beside the
/// intensities lets a wrong one be refused before anything runs; a family that is not the
/// artifact's is refused when it does.
package struct IntensityGrid: Sendable {
  package let family: TriggerFamily
  /// In the order written.
  package let values: [Double]

  package init(
    _ p: inout ParameterReader, default fallback: [Double]?, allowsNone: Bool = false,
    help: String
  ) {
    family = p.choice(
      "family", default: .badnets, help: "trigger family; must be that of the trigger")
    values = p.doubles("intensities", default: fallback, help: help)
    for (index, value) in values.enumerated() {
      if let problem = family.problem(with: value, parameter: "intensities", index: index) {
        p.refuse(problem)
      }
      if values.firstIndex(of: value) != index {
        p.refuse(
          ParameterProblem(
            parameter: "intensities", index: index,
            what: "\(Value.double(value).plainText) appears twice",
            why: "each intensity is one group of records", fix: "drop one of the two"))
      }
    }
    if values.isEmpty && !allowsNone {
      p.refuse(
        ParameterProblem(
          parameter: "intensities", what: "the list is empty",
          why: "a worst case is the minimum over tested intensities",
          fix: "write at least one intensity"))
    }
  }

  /// The tests of opacities in steps of a tenth.
  package static let tenths = (1...10).map { Double($0) / 10 }

  /// - Throws: ``StageFailure`` when the trigger is of another family.
  package func check(_ trigger: Trigger) throws {
    guard trigger.settings.family == family else {
      throw StageFailure(
        at: "parameter family",
        "the trigger is of family \(trigger.settings.family.rawValue), not \(family.rawValue)",
        why: family.meaning, fix: "write family: \(trigger.settings.family.rawValue)")
    }
  }

  /// Weak to strong, the order of every table.
  package var ordered: [Double] { family.weakToStrong(values) }
}

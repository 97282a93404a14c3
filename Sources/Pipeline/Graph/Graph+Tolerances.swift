import Foundation

extension Graph {
  /// Reports claims whose tolerance is below one trial, as far as the experiment's baseline knows
  /// the numbers of trials: such a claim can only be met by luck.
  func refuseFineTolerances(_ results: URL, _ errors: DiagnosticCollector) {
    let claims = expectations.filter {
      $0.profiles.isEmpty || $0.profiles.contains(experiment.profile)
    }
    let path = Baseline.defaultPath(experiment: experiment.name, profile: experiment.profile)
    guard claims.contains(where: { $0.condition.hasTolerance }),
      let baseline = try? Baseline(file: results.appending(path: path).path)
    else { return }
    for claim in claims where claim.condition.hasTolerance {
      let cell = claim.condition.expressions[0]
      guard let table = baseline.tables.first(where: { $0.name == cell.view }),
        let measured = try? table.measure(cell), let step = measured.step,
        let tolerance = claim.condition.tolerance([measured.mean, measured.mean]),
        tolerance > 0, tolerance < step
      else { continue }
      let trial = NumberText.short(step, decimals: 6)
      errors.error(
        at: claim.location,
        "claim '\(claim.id)': the tolerance \(NumberText.short(tolerance, decimals: 6)) is finer "
          + "than one trial, which is \(trial)",
        why: "\(cell.text) is a proportion, and its trials are counted in \(path)",
        fix: "allow at least \(trial), or measure more trials")
    }
  }
}

extension Expectation.Condition {
  fileprivate var hasTolerance: Bool {
    switch self {
    case .within, .noWorseThan: true
    default: false
    }
  }
}

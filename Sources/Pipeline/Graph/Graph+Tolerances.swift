import Foundation

extension Graph {
  /// Reports claims whose tolerance is below one trial, as far as the experiment's baseline knows
  /// the numbers of trials: such a claim can only be met by luck.
  func refuseFineTolerances(_ results: URL, _ errors: DiagnosticCollector) {
    let claims = claimsWithTolerance
    let path = Baseline.defaultPath(experiment: experiment.name, profile: experiment.profile)
    guard !claims.isEmpty, let baseline = try? Baseline(file: results.appending(path: path).path)
    else { return }
    for claim in claims {
      let cell = claim.condition.expressions[0]
      guard let table = baseline.tables.first(where: { $0.name == cell.view }),
        let measured = try? table.measure(cell), let step = measured.step
      else { continue }
      refuse(
        claim, finerThan: step, at: measured.mean,
        why: "\(cell.text) is a proportion, and its trials are counted in \(path)", errors)
    }
  }

  /// The same as far as the specification itself bounds the numbers of trials, by the sizes of data
  /// sets that its parameters ask for.
  func refuseFineTolerances(_ errors: DiagnosticCollector) {
    for claim in claimsWithTolerance {
      guard case .within(let cell, let target, _, _) = claim.condition,
        let table = tables.first(where: { $0.name == cell.view }),
        let trials = trialLimit(of: cell, in: table)
      else { continue }
      refuse(
        claim, finerThan: table.format.scale / Double(trials), at: target,
        why: "\(cell.text) is a proportion of at most \(counted(trials, "trial"))", errors)
    }
  }

  private var claimsWithTolerance: [Expectation] {
    expectations.filter {
      $0.condition.hasTolerance && $0.narrowedAxis == nil
        && ($0.profiles.isEmpty || $0.profiles.contains(experiment.profile))
    }
  }

  private func refuse(
    _ claim: Expectation, finerThan step: Double, at number: Double, why: String,
    _ errors: DiagnosticCollector
  ) {
    guard let tolerance = claim.condition.tolerance([number, number]), tolerance > 0,
      tolerance < step
    else { return }
    let trial = NumberText.short(step, decimals: 6)
    errors.error(
      at: claim.location,
      "claim '\(claim.id)': the tolerance \(NumberText.short(tolerance, decimals: 6)) is finer "
        + "than one trial, which is \(trial)",
      why: why, fix: "allow at least \(trial), or measure more trials")
  }

  /// How many trials at most stand behind a cell; of several cells, behind the one with the fewest.
  /// `nil` unless all is known before a run.
  private func trialLimit(of cell: CellExpression, in table: TableView) -> Int? {
    let makers = instances.filter { $0.stage == table.stage }
    guard let output = makers.first?.bound.stage.outputs.first(where: { $0.name == table.output }),
      let bound = output.bound, isProportion(cell, in: table, output)
    else { return nil }
    var trials: [[String]: Int] = [:]
    for maker in makers {
      let labels = Dictionary(
        maker.labels.map { ($0.axis, $0.label) }, uniquingKeysWith: { first, _ in first })
      let isShown =
        table.filters.allSatisfy { labels[$0.column].map($0.labels.contains) ?? true }
        && cell.terms.allSatisfy { term in
          labels[term.axis].map { term.labels.contains($0) != term.isNegated } ?? true
        }
      // Rows that are averaged over are trials together; only axes say how many there are.
      guard isShown else { continue }
      guard table.over.allSatisfy({ labels[$0] != nil }), let limit = limit(bound, maker)
      else { return nil }
      let place = (table.rows + table.columns).compactMap { labels[$0] }
      trials[place, default: 0] += limit
    }
    return trials.values.min()
  }

  /// Whether the cell shows a share of trials, or the least or greatest of several shares.
  private func isProportion(
    _ cell: CellExpression, in table: TableView, _ output: OutputSlot
  ) -> Bool {
    let derived = table.derived.first { $0.name == cell.column }
    if derived?.function == .mean { return false }
    let shown = derived == nil ? cell.column.map { [$0] } ?? table.values : table.values
    return shown.allSatisfy { name in
      output.columns.first { $0.name == name }?.countColumn != nil
    }
  }

  /// The number of records that a bound allows an instance.
  private func limit(_ bound: RecordBound, _ instance: Instance) -> Int? {
    var limits: [Int] = []
    if let name = bound.parameter, case .int(let number)? = instance.bound.parameters[name] {
      limits.append(number)
    }
    if let slot = bound.input {
      let sources = instance.inputs.first { $0.slot == slot }?.sources ?? []
      let known = sources.compactMap { source -> Int? in
        let producer = instances[source.instance]
        let output = producer.bound.stage.outputs.first { $0.name == source.output }
        return output?.bound.flatMap { limit($0, producer) }
      }
      if !known.isEmpty, known.count == sources.count { limits.append(known.reduce(0, +)) }
    }
    return limits.min()
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

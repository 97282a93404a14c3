/// The trials of a search with what came of them, best first.
package struct SweepReport: Sendable {
  package struct Trial: Sendable {
    package enum State: String, Sendable { case done, failed }

    package let number: Int
    /// One value for each dimension.
    package let point: [String]
    package let state: State
    /// The number to be made large or small; `nil` when there is none.
    package let objective: Double?
    /// Why it failed or has no objective; empty otherwise.
    package let problem: String
    /// Name of the run whose results are stored; empty for a trial that stored none.
    package let run: String
    package let executed: Int
    package let cached: Int
    package let elapsedSeconds: Double

    package init(
      number: Int, point: [String], state: State, objective: Double?, problem: String, run: String,
      executed: Int, cached: Int, elapsedSeconds: Double
    ) {
      self.number = number
      self.point = point
      self.state = state
      self.objective = objective
      self.problem = problem
      self.run = run
      self.executed = executed
      self.cached = cached
      self.elapsedSeconds = elapsedSeconds
    }
  }

  package enum Direction: String, Sendable, CaseIterable { case max, min }

  package let dimensions: [String]
  /// The cell as written; `nil` when none was given.
  package let objective: String?
  package let direction: Direction
  /// By objective, then by number; those without one last.
  package let trials: [Trial]

  package init(
    dimensions: [String], objective: String?, direction: Direction, trials: [Trial]
  ) {
    self.dimensions = dimensions
    self.objective = objective
    self.direction = direction
    self.trials = trials.sorted { Self.precedes($0, $1, direction) }
  }

  private static func precedes(_ a: Trial, _ b: Trial, _ direction: Direction) -> Bool {
    guard let first = a.objective, let second = b.objective, first != second else {
      let known = (a.objective == nil, b.objective == nil)
      return known.0 == known.1 ? a.number < b.number : !known.0
    }
    return direction == .max ? first > second : first < second
  }

  package var best: Trial? { trials.first { $0.objective != nil } }

  package func count(_ state: Trial.State) -> Int { trials.count { $0.state == state } }
}

extension SweepReport {
  private var header: [String] {
    ["trial"] + dimensions + (objective.map { [$0] } ?? []) + ["state", "executed", "seconds"]
  }

  private func row(_ trial: Trial) -> [String] {
    let number = trial.objective.map { NumberText.short($0, decimals: 6) } ?? "–"
    return ["\(trial.number)"] + trial.point + (objective == nil ? [] : [number]) + [
      trial.state.rawValue, "\(trial.executed)",
      NumberText.fixed(trial.elapsedSeconds, decimals: 1),
    ]
  }

  /// Columns for a terminal, with the reasons of trials that failed.
  package func terminalText() -> String {
    let rows = [header] + trials.map(row)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var text = ""
    for row in rows {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      var line = cells.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      text += line + "\n"
    }
    for trial in trials where !trial.problem.isEmpty {
      text += "trial \(trial.number): \(trial.problem)\n"
    }
    return text
  }

  package var markdown: String {
    let rows = [header, header.map { _ in "---" }] + trials.map(row)
    return rows.map { row in
      "| " + row.map(\.markdownCell).joined(separator: " | ") + " |\n"
    }.joined()
  }

  package var csv: String { SeparatedValues.text([header] + trials.map(row), separator: .comma) }

  /// The document of `sweep.json`; `context` names what the trials were runs of.
  package func jsonValue(_ context: [String: Value]) -> Value {
    var fields = context
    fields["objective"] = objective.map(Value.string) ?? .null
    fields["direction"] = .string(direction.rawValue)
    fields["dimensions"] = .list(dimensions.map(Value.string))
    fields["trials"] = .list(trials.map(jsonValue))
    fields["best"] = best.map { .int($0.number) } ?? .null
    return .map(fields)
  }

  private func jsonValue(_ trial: Trial) -> Value {
    .map([
      "trial": .int(trial.number), "state": .string(trial.state.rawValue),
      "parameters": .map(
        Dictionary(
          zip(dimensions, trial.point.map(Value.string)), uniquingKeysWith: { $1 })),
      "objective": trial.objective.map(Value.double) ?? .null, "problem": .string(trial.problem),
      "run": .string(trial.run), "executed": .int(trial.executed), "cached": .int(trial.cached),
      "elapsed_seconds": .double(trial.elapsedSeconds),
    ])
  }
}

extension CellExpression {
  /// The number that this expression selects among tables, or why there is none.
  package func value(in tables: [PivotTable]) -> (number: Double?, problem: String) {
    guard let table = tables.first(where: { $0.name == view }) else {
      return (nil, "there is no table '\(view)'")
    }
    do { return (try table.measure(self).mean, "") } catch { return (nil, error.what) }
  }
}

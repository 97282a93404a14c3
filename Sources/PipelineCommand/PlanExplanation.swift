import Pipeline

/// Why instances would run, or would not: `plan --why`.
struct PlanExplanation {
  private let report: PlanReport

  init(_ report: PlanReport) {
    self.report = report
  }

  func print(_ indices: [Int], as options: GlobalOptions) throws {
    if options.json {
      Swift.print(Value.list(indices.map(value)).canonicalJSON)
    } else {
      Swift.print(indices.map(text).joined(separator: "\n"), terminator: "")
    }
  }

  /// The instance with its reasons, then those that it waits for, each with theirs:
  ///
  ///     attack[seed=1]  maybe
  ///       waits for model[seed=1], whose output may stay the same
  ///     model[seed=1]  run
  ///       lr was 0.1, now 0.05 from command line
  private func text(_ index: Int) -> String {
    chain(from: index).map { index in
      let state = report.plan.states[index]
      let head = "\(report.graph.instances[index].id)  \(report.words(for: state).word)\n"
      return head + clauses(index, state).map { "  \($0)\n" }.joined()
    }.joined()
  }

  private func value(_ index: Int) -> Value {
    guard case .map(var fields) = report.value(index) else { return .null }
    fields["reasons"] = .list(clauses(index, report.plan.states[index]).map(Value.string))
    fields["chain"] = .list(
      chain(from: index).map { .string(report.graph.instances[$0].id) })
    if let key = report.plan.parts[index]?.key { fields["key"] = .string(key) }
    return .map(fields)
  }

  /// The instance, the one it waits for, and so on to the first cause.
  private func chain(from index: Int) -> [Int] {
    var chain = [index]
    while let last = chain.last, let next = cause(of: last), !chain.contains(next) {
      chain.append(next)
    }
    return chain
  }

  private func cause(of index: Int) -> Int? {
    switch report.plan.states[index] {
    case .maybe(let producer, _), .skipped(.upstream(let producer)): producer
    case .cached, .run, .skipped: nil
    }
  }

  private func clauses(_ index: Int, _ state: Plan.State) -> [String] {
    switch state {
    case .cached(let key, _):
      return ["its result is stored under the key \(key.prefix(16)), formed from:"]
        + parts(of: index)
    case .run(_, let reasons): return reasons.map(\.text)
    case .maybe(let producer, let reasons):
      let id = report.graph.instances[producer].id
      return reasons.map(\.text) + ["waits for \(id), whose output may stay the same"]
    case .skipped: return [report.words(for: state).why]
    }
  }

  /// The parts of the key, a parameter with where its value comes from.
  private func parts(of index: Int) -> [String] {
    let instance = report.graph.instances[index]
    let origins = instance.parameterOrigins
    return (report.plan.parts[index]?.parts ?? []).flatMap { part in
      guard part.name.hasPrefix("parameter.") else {
        return ["  \(part.name) = \(part.value.prefix(80))"]
      }
      let name = String(part.name.dropFirst("parameter.".count))
      let entries = EntryPath.entries(
        of: instance.bound.keyParameters[name] ?? .null, named: name, in: origins)
      return ["  \(name) = \(part.value.prefix(80)) from \(origins[name] ?? "stage default")"]
        + entries.map { "  \($0.path) = \($0.value.canonicalJSON.prefix(80)) from \($0.origin)" }
    }
  }
}

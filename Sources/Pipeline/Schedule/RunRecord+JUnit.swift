extension RunRecord {
  /// The stage instances as test cases: the time is that of the computation, when it was made now.
  package func junitSuite(for graph: Graph) -> JUnitDocument.Suite {
    let remarks = [
      InstanceState.cached: "taken from the store", .shared: "shared with an equal stage",
    ]
    let cases = zip(graph.instances, instances).map { instance, record in
      JUnitDocument.Case(
        instance.id, group: "\(graph.experiment.name).\(instance.stage)",
        seconds: record.state == .done ? record.cost.elapsedSeconds : 0,
        location: instance.location, outcome: outcome(of: record, in: graph),
        output: remarks[record.state, default: ""])
    }
    return JUnitDocument.Suite("stages", cases)
  }

  private func outcome(
    of record: InstanceRecord, in graph: Graph
  ) -> JUnitDocument.Case.Outcome {
    switch record.state {
    case .cached, .shared, .done: return .passed
    case .cancelled: return .skipped("the run was stopped")
    case .skipped: return .skipped(record.skipReason?.text(in: graph) ?? "not started")
    case .failed:
      guard let failure = record.failure else { return .skipped("not started") }
      let log = failure.logTail.isEmpty ? [] : ["last lines of its log:"] + failure.logTail
      return .failed(
        kind: failure.failureClass.rawValue, message: failure.what,
        detail: ([failure.description] + log).joined(separator: "\n"))
    }
  }
}

extension SkipReason {
  /// Why an instance was not started, as a clause.
  package func text(in graph: Graph) -> String {
    switch self {
    case .condition: "its 'if' does not hold"
    case .upstream(let index): "\(graph.instances[index].id) has no result"
    case .stopped: "a failure ended the run"
    case .leftOut: "the run left it out, and the store does not have it"
    }
  }
}

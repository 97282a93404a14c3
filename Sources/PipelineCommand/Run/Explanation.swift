import Pipeline

/// Why the instances of a run were not served from the store, compared with the run before.
struct Explanation {
  private let graph: Graph
  private let store: Store
  private let previous: [String: String]

  /// - Throws: ``StoreError``; call it before the run begins.
  init(_ graph: Graph, _ store: Store) throws {
    self.graph = graph
    self.store = store
    previous = try store.previousKeys(
      experiment: graph.experiment.name, profile: graph.experiment.profile)
  }

  /// The reasons for one instance that was computed, as clauses; empty for any other event.
  func remark(on event: RunEvent) -> String {
    guard case .ended(let index, let record) = event, record.state == .done,
      let parts = record.parts
    else { return "" }
    let before = previous[record.name].flatMap { try? store.parts(of: $0) }
    if before?.key == parts.key { return "its stored result was not to be used" }
    return RunReason.reasons(from: before, to: parts, of: graph.instances[index], in: graph)
      .map(\.text).joined(separator: "; ")
  }
}

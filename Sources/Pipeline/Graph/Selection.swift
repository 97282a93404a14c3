/// Which instances a run may execute: `--only`, `--from`, `--upto` and `--skip`.
///
/// Each kind narrows the run; several selectors of one kind add up. Instances that are left out
/// never execute: their stored results are used, and where there are none, nothing that needs them
/// runs. What is left to run still comes from the store when it is there.
package struct Selection: Sendable, Hashable {
  /// These alone.
  package var only: [String] = []
  /// These and everything that depends on them.
  package var from: [String] = []
  /// These and everything that they depend on.
  package var upto: [String] = []
  /// All but these.
  package var skip: [String] = []

  package init() {}

  /// The indices of the instances that may run; `nil` when that is all of them.
  ///
  /// - Throws: ``Diagnostic`` for a selector that picks nothing, and when nothing is left to run.
  package func indices(in graph: Graph) throws(Diagnostic) -> Set<Int>? {
    guard self != Selection() else { return nil }
    var chosen = Set(graph.instances.indices)
    if !only.isEmpty { chosen.formIntersection(try Self.union(only, "--only", graph)) }
    if !from.isEmpty {
      chosen.formIntersection(graph.withDependents(of: try Self.union(from, "--from", graph)))
    }
    if !upto.isEmpty {
      chosen.formIntersection(graph.withProducers(of: try Self.union(upto, "--upto", graph)))
    }
    chosen.subtract(try Self.union(skip, "--skip", graph))
    guard !chosen.isEmpty else {
      throw Diagnostic(
        at: nil, "nothing is selected: \(text)",
        why: "each option narrows what the others leave, and together they leave no instance",
        fix: "remove one of them")
    }
    return chosen
  }

  /// The options as they are written.
  package var text: String {
    [("--only", only), ("--from", from), ("--upto", upto), ("--skip", skip)]
      .flatMap { option, selectors in selectors.map { "\(option) '\($0)'" } }
      .joined(separator: " ")
  }

  private static func union(
    _ selectors: [String], _ option: String, _ graph: Graph
  ) throws(Diagnostic) -> Set<Int> {
    var found: Set<Int> = []
    for text in selectors.flatMap(InstanceSelector.split) {
      found.formUnion(try InstanceSelector(parsing: text).indices(in: graph, option: option))
    }
    return found
  }
}

extension Instance {
  /// Indices of the instances that must end before this one, some of them perhaps twice.
  package var producers: [Int] { inputs.flatMap { $0.sources.map(\.instance) } + needs }
}

extension Graph {
  /// These instances and all that must end before them.
  func withProducers(of chosen: Set<Int>) -> Set<Int> {
    var found = chosen
    // Producers stand before their consumers.
    for index in instances.indices.reversed() where found.contains(index) {
      found.formUnion(instances[index].producers)
    }
    return found
  }

  /// These instances and all that cannot start before they end.
  func withDependents(of chosen: Set<Int>) -> Set<Int> {
    var found = chosen
    for (index, instance) in instances.enumerated()
    where instance.producers.contains(where: found.contains) {
      found.insert(index)
    }
    return found
  }
}

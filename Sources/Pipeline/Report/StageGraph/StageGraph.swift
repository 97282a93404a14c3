/// The graph as people think of it: one node for each stage, with the count of its instances.
package struct StageGraph: Sendable {
  /// What became of an instance, or would.
  package enum State: String, Sendable, CaseIterable {
    case ran, cached, failed, run, maybe
    /// Something before it failed.
    case unreached
    /// Its `if` does not hold, or the selection leaves it out.
    case skipped
  }

  package struct Node: Sendable {
    /// Name of the stage, or of the single instance of an expanded one.
    package let name: String
    package let stage: String
    /// Stage type.
    package let kind: String
    package fileprivate(set) var count = 0
    /// How many instances are in each state; empty when no state is known.
    package fileprivate(set) var states: [State: Int] = [:]

    /// "5 ran, 2 failed"; empty when no state is known.
    package var stateText: String {
      State.allCases.compactMap { state in states[state].map { "\($0) \(state.wording)" } }
        .joined(separator: ", ")
    }
  }

  package struct Edge: Sendable, Hashable {
    package let from: Int
    package let to: Int
    /// Whether the consumer takes several of the producer's instances at once.
    package let isGathered: Bool
    /// Whether it only waits: no data flows.
    package let isOrder: Bool
  }

  package private(set) var nodes: [Node] = []
  /// By consumer, then producer.
  package private(set) var edges: [Edge] = []

  /// One instance, as much as a picture needs.
  private struct Item {
    let stage: String
    let labels: [AxisLabel]
    let kind: String
    let inputs: [InputBinding]
    let needs: [Int]
    let state: State?
  }

  /// - Parameters:
  ///   - document: a stored run.
  ///   - expanded: stages whose instances are nodes of their own.
  /// - Throws: ``StageFailure`` when one of them is no stage.
  package init(_ document: RunDocument, expanded: Set<String> = []) throws(StageFailure) {
    try self.init(
      document.instances.map {
        Item(
          stage: $0.stage, labels: $0.labels, kind: $0.kind, inputs: $0.inputs, needs: $0.needs,
          state: State($0))
      }, expanded)
  }

  /// - Parameters:
  ///   - graph: an expanded specification.
  ///   - plan: gives the states.
  ///   - expanded: stages whose instances are nodes of their own.
  /// - Throws: ``StageFailure`` when one of them is no stage.
  package init(
    _ graph: Graph, plan: Plan? = nil, expanded: Set<String> = []
  ) throws(StageFailure) {
    try self.init(
      graph.instances.enumerated().map { index, instance in
        Item(
          stage: instance.stage, labels: instance.labels, kind: instance.bound.type.kind,
          inputs: instance.inputs, needs: instance.needs,
          state: (plan?.states[index]).map { State($0) })
      }, expanded)
  }

  private init(_ items: [Item], _ expanded: Set<String>) throws(StageFailure) {
    let stages = Set(items.map(\.stage))
    for name in expanded.sorted() where !stages.contains(name) {
      throw StageFailure(
        .environment, at: "--expand", "there is no stage '\(name)'",
        why: "the stages are " + stages.sorted().joined(separator: ", "),
        fix: nearestName(to: name, in: stages.sorted()).map { "did you mean '\($0)'?" } ?? "")
    }
    var places: [String: Int] = [:]
    var placeOfItem: [Int] = []
    var kinds: [[Int]: (gathered: Bool, order: Bool)] = [:]
    for item in items {
      let isAlone = expanded.contains(item.stage)
      let name = isAlone ? AxisLabel.instanceName(item.stage, item.labels) : item.stage
      let place = places[name] ?? nodes.count
      if place == nodes.count {
        places[name] = place
        nodes.append(Node(name: name, stage: item.stage, kind: item.kind))
      }
      placeOfItem.append(place)
      nodes[place].count += 1
      if let state = item.state { nodes[place].states[state, default: 0] += 1 }
      for need in item.needs where placeOfItem[need] != place {
        let pair = [place, placeOfItem[need]]
        if kinds[pair] == nil { kinds[pair] = (false, true) }
      }
      for source in item.inputs.flatMap(\.sources) {
        let pair = [place, placeOfItem[source.instance]]
        let isGathered = kinds[pair]?.gathered == true || !source.gatheredLabels.isEmpty
        kinds[pair] = (isGathered, false)
      }
    }
    edges = kinds.keys.sorted { $0.lexicographicallyPrecedes($1) }.map {
      Edge(
        from: $0[1], to: $0[0], isGathered: kinds[$0]?.gathered == true,
        isOrder: kinds[$0]?.order == true)
    }
  }

  /// Names of the nodes that a node reads, in order.
  func producers(of node: Int) -> [String] {
    edges.filter { $0.to == node }.map { nodes[$0.from].name }
  }
}

extension StageGraph.State {
  init(_ instance: RunInstance) {
    switch instance.status {
    case .ran: self = .ran
    case .cached: self = .cached
    case .failed: self = instance.failure == nil ? .unreached : .failed
    case .disabled, .omitted: self = .skipped
    }
  }

  init(_ state: Plan.State) {
    switch state {
    case .cached: self = .cached
    case .run: self = .run
    case .maybe: self = .maybe
    case .skipped: self = .skipped
    }
  }

  package var wording: String {
    switch self {
    case .run: "to run"
    case .unreached: "not reached"
    default: rawValue
    }
  }

  /// Class of its colour in pictures.
  var colour: String {
    switch self {
    case .ran: "f2"
    case .cached: "f0"
    case .failed: "f7"
    case .run, .maybe: "f3"
    case .unreached, .skipped: "muted"
    }
  }
}

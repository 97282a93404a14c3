/// What a run of a graph would do, instance by instance: a pure function of the graph, the files,
/// the stored results and the parts of earlier runs.
package struct Plan: Sendable {
  package enum State: Sendable, Hashable {
    /// The result is stored: output slot -> content hash.
    case cached(key: String, outputs: [String: String])
    case run(key: String, reasons: [RunReason])
    /// A producer runs first, and its output may come out unchanged. `reasons` are the differences
    /// that are known already.
    case maybe(waitingOn: Int, reasons: [RunReason])
    case skipped(Skip)
  }

  package enum Skip: Sendable, Hashable {
    /// Its own `if` does not hold.
    case condition
    /// A producer that it must have is skipped.
    case upstream(Int)
    /// The selection leaves it out, and it has no stored result.
    case leftOut
  }

  /// One state for each instance of the graph.
  package let states: [State]
  /// The key parts of instances whose inputs are all known.
  package let parts: [KeyParts?]

  /// - Parameters:
  ///   - graph: what is to run.
  ///   - files: the hashed declared files by instance; absent means none.
  ///   - forced: instances that run even if their result is stored.
  ///   - selected: instances that may run; `nil` means all.
  ///   - previous: the parts of the last run of an instance, by its id.
  ///   - lookup: the outputs (slot -> content hash) stored under a key.
  ///   - holds: whether the content of a stored output is kept.
  package init(
    _ graph: Graph, files: [Int: [HashedFile]] = [:], forced: Set<Int> = [],
    selected: Set<Int>? = nil, previous: @escaping (String) -> KeyParts?,
    lookup: @escaping (String) -> [String: String]?, holds: (String) -> Bool = { _ in true }
  ) {
    let look = Look(
      graph: graph, files: files, forced: forced, selected: selected, previous: previous,
      lookup: lookup)
    var states: [State] = []
    var parts: [KeyParts?] = []
    states.reserveCapacity(graph.instances.count)
    for index in graph.instances.indices {
      let (state, known) = look.state(of: index, after: states)
      states.append(state)
      parts.append(known)
    }
    self.states = Self.restoring(states, in: graph, holds)
    self.parts = parts
  }

  /// What the state of an instance follows from, beside the states of those before it.
  private struct Look {
    let graph: Graph
    let files: [Int: [HashedFile]]
    let forced: Set<Int>
    let selected: Set<Int>?
    let previous: (String) -> KeyParts?
    let lookup: (String) -> [String: String]?

    func state(of index: Int, after states: [State]) -> (State, KeyParts?) {
      let instance = graph.instances[index]
      guard instance.isEnabled else { return (.skipped(Plan.skip(of: instance, in: graph)), nil) }
      let mayRun = selected?.contains(index) ?? true
      if selected != nil, mayRun,
        let missing = instance.producers.first(where: { states[$0].isLeftOut })
      {
        return (.skipped(.upstream(missing)), nil)
      }
      let (inputs, waitingOn) = Plan.inputs(of: instance, states)
      let parts = KeyParts(of: instance.bound, inputs: inputs, files: files[index] ?? [])
      if let waitingOn {
        guard mayRun else { return (.skipped(.leftOut), nil) }
        let forcing: [RunReason] = forced.contains(index) ? [.forced] : []
        let reasons = forcing + reasons(for: parts, of: instance, ignoringInputs: true)
        return (.maybe(waitingOn: waitingOn, reasons: reasons), nil)
      }
      let key = parts.key
      if mayRun, forced.contains(index) { return (.run(key: key, reasons: [.forced]), parts) }
      if let outputs = lookup(key) { return (.cached(key: key, outputs: outputs), parts) }
      if !mayRun { return (.skipped(.leftOut), parts) }
      return (.run(key: key, reasons: reasons(for: parts, of: instance)), parts)
    }

    private func reasons(
      for parts: KeyParts, of instance: Instance, ignoringInputs: Bool = false
    ) -> [RunReason] {
      RunReason.reasons(
        from: previous(instance.id), to: parts, of: instance, in: graph,
        ignoringInputs: ignoringInputs)
    }
  }

  /// Has those run again whose contents are not kept where a consumer that runs needs them.
  private static func restoring(
    _ states: [State], in graph: Graph, _ holds: (String) -> Bool
  ) -> [State] {
    var states = states
    // Consumers stand behind their producers.
    for index in states.indices.reversed() {
      let waitingOn: Int?
      switch states[index] {
      case .run: waitingOn = nil
      case .maybe(let producer, _): waitingOn = producer
      case .cached, .skipped: continue
      }
      let instance = graph.instances[index]
      for source in instance.inputs.flatMap(\.sources) {
        guard case .cached(let key, let outputs) = states[source.instance],
          let hash = outputs[source.output], !holds(hash)
        else { continue }
        let reasons = [RunReason.notKept(consumer: instance.id)]
        states[source.instance] =
          waitingOn.map { .maybe(waitingOn: $0, reasons: reasons) }
          ?? .run(key: key, reasons: reasons)
      }
    }
    return states
  }

  /// The content of an instance's inputs; `nil` unless all of it is stored.
  package func inputs(of instance: Instance) -> [String: [KeyParts.Artifact]]? {
    let (known, waitingOn) = Self.inputs(of: instance, states)
    return waitingOn == nil ? known : nil
  }

  /// The inputs' content as far as it is stored, and the first producer whose output is not.
  private static func inputs(
    of instance: Instance, _ states: [State]
  ) -> (known: [String: [KeyParts.Artifact]], waitingOn: Int?) {
    var known: [String: [KeyParts.Artifact]] = [:]
    for binding in instance.inputs {
      for source in binding.sources {
        guard case .cached(_, let outputs) = states[source.instance],
          let hash = outputs[source.output]
        else { return (known, source.instance) }
        known[binding.slot, default: []].append(
          KeyParts.Artifact(
            hash: hash, labels: source.gatheredLabels, type: binding.type))
      }
    }
    return (known, nil)
  }

  private static func skip(of instance: Instance, in graph: Graph) -> Skip {
    for source in instance.inputs.flatMap(\.sources)
    where !graph.instances[source.instance].isEnabled {
      return .upstream(source.instance)
    }
    return .condition
  }
}

extension Plan.State {
  /// Whether there will be no result because the selection leaves something out.
  fileprivate var isLeftOut: Bool {
    switch self {
    case .skipped(.leftOut), .skipped(.upstream): true
    case .skipped(.condition), .cached, .run, .maybe: false
    }
  }
}

extension Plan {
  /// What the selected instances need and neither the run nor the store has: the instance that is
  /// missing, in order, and the first that needs it.
  package func missingProducers(
    of selected: Set<Int>, in graph: Graph
  ) -> [(producer: Int, consumer: Int)] {
    var found: Set<Int> = []
    var missing: [(producer: Int, consumer: Int)] = []
    for consumer in selected.sorted() where graph.instances[consumer].isEnabled {
      for producer in graph.instances[consumer].producers
      where states[producer] == .skipped(.leftOut) && found.insert(producer).inserted {
        missing.append((producer, consumer))
      }
    }
    return missing.sorted { $0.producer < $1.producer }
  }
}

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
    selected: Set<Int>? = nil, previous: (String) -> KeyParts?,
    lookup: (String) -> [String: String]?, holds: (String) -> Bool = { _ in true }
  ) {
    var states: [State] = []
    var allParts: [KeyParts?] = []
    states.reserveCapacity(graph.instances.count)
    for (index, instance) in graph.instances.enumerated() {
      guard instance.isEnabled else {
        states.append(.skipped(Self.skip(of: instance, in: graph)))
        allParts.append(nil)
        continue
      }
      let mayRun = selected?.contains(index) ?? true
      if selected != nil, mayRun,
        let missing = instance.producers.first(where: { states[$0].isLeftOut })
      {
        states.append(.skipped(.upstream(missing)))
        allParts.append(nil)
        continue
      }
      let declared = files[index] ?? []
      let (inputs, waitingOn) = Self.inputs(of: instance, states)
      let parts = KeyParts(of: instance.bound, inputs: inputs, files: declared)
      func reasons(ignoringInputs: Bool) -> [RunReason] {
        RunReason.reasons(
          from: previous(instance.id), to: parts, of: instance, in: graph,
          ignoringInputs: ignoringInputs)
      }
      if let waitingOn {
        guard mayRun else {
          states.append(.skipped(.leftOut))
          allParts.append(nil)
          continue
        }
        let forcing: [RunReason] = forced.contains(index) ? [.forced] : []
        states.append(
          .maybe(waitingOn: waitingOn, reasons: forcing + reasons(ignoringInputs: true)))
        allParts.append(nil)
        continue
      }
      let key = parts.key
      allParts.append(parts)
      if mayRun, forced.contains(index) {
        states.append(.run(key: key, reasons: [.forced]))
      } else if let outputs = lookup(key) {
        states.append(.cached(key: key, outputs: outputs))
      } else if !mayRun {
        states.append(.skipped(.leftOut))
      } else {
        states.append(.run(key: key, reasons: reasons(ignoringInputs: false)))
      }
    }
    self.states = Self.restoring(states, in: graph, holds)
    parts = allParts
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

/// Which instance may start next, and what follows from the end of one: a pure value.
///
/// An instance waits until everything before it (inputs and `needs`) is complete; then it is
/// *unblocked*, and the runner either settles it from the store or makes it ready. Ready instances
/// start in order of the longest estimated way to the end of the graph; the first is never passed
/// over for a smaller one, so nothing starves.
struct Schedule {
  enum State: Hashable {
    /// Something before it is not complete.
    case waiting
    /// Handed to the runner, which looks for its result.
    case unblocked
    case ready
    case running
    case settled(InstanceState)
  }

  private(set) var states: [State]
  private(set) var tokens: Tokens
  /// Why an instance was skipped.
  private(set) var skipReasons: [Int: SkipReason] = [:]
  private var ready: ReadyQueue
  private let dependents: [[Int]]
  private let shares: [Tokens.Share]
  /// By instance, how many of those before it are not complete.
  private var missing: [Int]
  private var unblocked: [Int] = []
  private(set) var runningCount = 0
  private(set) var unsettledCount: Int

  init(_ graph: Graph, tokens: Tokens) {
    let instances = graph.instances
    var dependents = [[Int]](repeating: [], count: instances.count)
    missing = instances.enumerated().map { index, instance in
      // One that is named twice counts once; consumers come in order, so it was the last to come.
      var count = 0
      func wait(for producer: Int) {
        if dependents[producer].last == index { return }
        dependents[producer].append(index)
        count += 1
      }
      for input in instance.inputs { for source in input.sources { wait(for: source.instance) } }
      for producer in instance.needs { wait(for: producer) }
      return count
    }
    self.dependents = dependents
    self.tokens = tokens
    shares = instances.map { tokens.share(for: $0.resources) }
    states = instances.map { _ in .waiting }
    unsettledCount = instances.count
    ready = ReadyQueue(priorities: Schedule.criticalPaths(graph, dependents))
    for index in instances.indices.reversed() where missing[index] == 0 { unblock(index) }
    for index in instances.indices where !instances[index].isEnabled {
      if states[index] == .waiting || states[index] == .unblocked { skip(index, .condition) }
    }
  }

  /// Estimated seconds from the start of each instance to the end of the graph.
  private static func criticalPaths(_ graph: Graph, _ dependents: [[Int]]) -> [Double] {
    var paths = [Double](repeating: 0, count: graph.instances.count)
    // Consumers stand behind their producers.
    for index in graph.instances.indices.reversed() {
      let rest = dependents[index].map { paths[$0] }.max() ?? 0
      paths[index] = rest + graph.instances[index].bound.stage.estimate.cpuSeconds
    }
    return paths
  }

  // MARK: What may happen next

  /// The next instance to look up, if one became unblocked.
  mutating func nextUnblocked() -> Int? {
    while let index = unblocked.popLast() {
      if states[index] == .unblocked { return index }
    }
    return nil
  }

  /// Takes the tokens of the most urgent ready instance, if they are free, and lets it run.
  mutating func startNext() -> (instance: Int, share: Tokens.Share)? {
    while let index = ready.first {
      guard states[index] == .ready else {
        ready.removeFirst()
        continue
      }
      guard tokens.take(shares[index]) else { return nil }
      ready.removeFirst()
      states[index] = .running
      runningCount += 1
      return (index, shares[index])
    }
    return nil
  }

  // MARK: What happened

  mutating func makeReady(_ index: Int) {
    precondition(states[index] == .unblocked, "only an unblocked instance becomes ready")
    states[index] = .ready
    ready.insert(index)
  }

  /// An execution ended; what comes of it is told by ``settle(_:as:)`` or ``unblockAgain(_:)``.
  mutating func endRunning(_ index: Int) {
    precondition(states[index] == .running, "only a running instance ends")
    tokens.give(back: shares[index])
    runningCount -= 1
    states[index] = .unblocked
  }

  /// Has an instance looked up again: for a retry, or because another process is done with it.
  /// It waits instead when something before it is no longer complete.
  ///
  /// What asks for it may come late: an instance that has been started, settled or made ready since
  /// then is left as it is.
  mutating func unblockAgain(_ index: Int) {
    guard isUndecided(index) else { return }
    if missing[index] == 0 { unblock(index) } else { states[index] = .waiting }
  }

  /// Whether it is still open if the instance can be started at all.
  func isUndecided(_ index: Int) -> Bool {
    states[index] == .waiting || states[index] == .unblocked
  }

  mutating func settle(_ index: Int, as state: InstanceState) {
    switch state {
    case .cached, .shared, .done:
      mark(index, state)
      for dependent in dependents[index] {
        missing[dependent] -= 1
        if missing[dependent] == 0, states[dependent] == .waiting { unblock(dependent) }
      }
    case .failed, .skipped:
      mark(index, state)
      skipDependents(of: index)
    case .cancelled:
      // What comes after it is abandoned with everything else.
      mark(index, state)
    }
  }

  /// An unblocked instance is not to run and has no stored result.
  mutating func leaveOut(_ index: Int) {
    precondition(states[index] == .unblocked, "only an unblocked instance is left out")
    skip(index, .leftOut)
  }

  /// A complete instance lost its result: it runs again, and what has not started waits for it.
  mutating func reopen(_ index: Int) {
    guard case .settled = states[index] else { return }
    unsettledCount += 1
    states[index] = .waiting
    for dependent in dependents[index] {
      missing[dependent] += 1
      if states[dependent] == .ready || states[dependent] == .unblocked {
        states[dependent] = .waiting
      }
    }
    unblockAgain(index)
  }

  /// Settles everything that has neither ended nor started.
  mutating func abandonUnstarted(as state: InstanceState) {
    for index in states.indices {
      switch states[index] {
      case .waiting, .unblocked, .ready:
        mark(index, state)
        if state == .skipped { skipReasons[index] = .stopped }
      case .running, .settled: break
      }
    }
  }

  // MARK: Private

  private mutating func unblock(_ index: Int) {
    states[index] = .unblocked
    unblocked.append(index)
  }

  private mutating func mark(_ index: Int, _ state: InstanceState) {
    if case .settled = states[index] { return }
    states[index] = .settled(state)
    unsettledCount -= 1
  }

  private mutating func skip(_ index: Int, _ reason: SkipReason) {
    mark(index, .skipped)
    skipReasons[index] = reason
    skipDependents(of: index)
  }

  private mutating func skipDependents(of first: Int) {
    var stack = [first]
    while let index = stack.popLast() {
      for dependent in dependents[index] {
        if states[dependent] == .running { continue }
        if case .settled = states[dependent] { continue }
        mark(dependent, .skipped)
        skipReasons[dependent] = .upstream(index)
        stack.append(dependent)
      }
    }
  }
}

/// Why an instance was not started.
package enum SkipReason: Sendable, Hashable {
  /// Its `if` does not hold.
  case condition
  /// The instance of this index, before it, did not complete.
  case upstream(Int)
  /// A failure ended the run.
  case stopped
  /// The run's selection leaves it out, and it has no stored result.
  case leftOut
}

import Foundation

/// What a run may use and how it goes about failures.
package struct RunOptions: Sendable {
  /// Lanes in use at once over all stages.
  package var jobs = 2
  /// Memory that stages may use together.
  package var memoryBytes = 4 << 30
  /// Whether independent stages still start after a failure.
  package var keepsGoing = false
  /// Instances that run although their result is stored.
  package var forced: Set<Int> = []
  /// Instances that may run; the others are taken from the store or left out. `nil` means all.
  package var selected: Set<Int>?
  /// Instead of each stage's own.
  package var maxRetries: Int?
  /// Instead of each stage's own.
  package var timeoutSeconds: Double?
  /// Name, tags and label of the run in the history.
  package var labels = RunLabels()

  package init() {}
}

/// What happens in a run, in order.
package enum RunEvent: Sendable {
  case began(run: String, instanceCount: Int)
  /// The stage runs now; an instance that waits for another process has not started.
  case started(Int, attempt: Int, lanes: Int)
  case progress(Int, StageProgress)
  case retry(Int, AttemptFailure)
  /// The instance ended: cached, shared, done, failed, skipped or cancelled. One whose artifact
  /// turns out to be damaged runs and ends again.
  case ended(Int, InstanceRecord)
  /// Something to tell, of one instance or of the run.
  case message(Int?, String)
}

/// How one instance ended.
package struct InstanceRecord: Sendable {
  package let name: String
  package let state: InstanceState
  /// `nil` when it was not reached.
  package let key: String?
  /// What the key was made of.
  package let parts: KeyParts?
  package let outputs: [StoredOutput]
  /// Seconds from the start of the run to the start of its last attempt; `nil` when none ran.
  package let startedSeconds: Double?
  /// Of the computation, now or when it was made.
  package let cost: Cost
  /// Names its last attempt in this run.
  package let attempt: String?
  package let attemptCount: Int
  /// Why its last attempt was made.
  package let cause: RunCause
  /// The log of its last attempt in this run; the file exists if anything was logged.
  package let logPath: String?
  package let failure: AttemptFailure?
  package let skipReason: SkipReason?

  package func output(_ slot: String) -> StoredOutput? { outputs.first { $0.slot == slot } }
}

/// A run that has ended.
package struct RunRecord: Sendable {
  package let name: String
  package let started: Date
  package let elapsedSeconds: Double
  /// As the graph's instances.
  package let instances: [InstanceRecord]
  private let counts: [InstanceState: Int]

  init(name: String, started: Date, elapsedSeconds: Double, instances: [InstanceRecord]) {
    self.name = name
    self.started = started
    self.elapsedSeconds = elapsedSeconds
    self.instances = instances
    counts = instances.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
  }

  /// Whether an interruption left something undone.
  package var wasCancelled: Bool { count(.cancelled) > 0 }

  package func count(_ state: InstanceState) -> Int { counts[state] ?? 0 }

  /// What the stages alone say; expectations are judged elsewhere.
  package var exitStatus: ExitStatus {
    if wasCancelled { return .interrupted }
    let found = Set(instances.compactMap { $0.failure?.exitStatus })
    // Of several the gravest: a damaged store first, then what waiting or space cannot mend.
    let gravestFirst = [ExitStatus.damaged, .stagesFailed, .environment, .timedOut]
    return gravestFirst.first(where: found.contains)
      ?? (found.isEmpty ? .ok : .stagesFailed)
  }

  /// Transient outputs that no instance of the graph needs any more: their consumers have results.
  func unneeded(in graph: Graph) -> [(key: String, output: StoredOutput)] {
    var needed: Set<Int> = []
    for (instance, record) in zip(graph.instances, instances)
    where instance.isEnabled && !record.state.isComplete {
      needed.formUnion(instance.inputs.flatMap { $0.sources.map(\.instance) })
    }
    // Instances may share a key.
    var kept: Set<String> = []
    for (index, instance) in graph.instances.enumerated()
    where instance.transientOutputs.isEmpty || needed.contains(index) {
      if let key = instances[index].key { kept.insert(key) }
    }
    return zip(graph.instances, instances).flatMap { instance, record in
      guard let key = record.key, !kept.contains(key) else {
        return [(key: String, output: StoredOutput)]()
      }
      return record.outputs.filter { instance.transientOutputs.contains($0.slot) }
        .map { (key, $0) }
    }
  }

  /// What the history keeps.
  var state: RunSummary.State {
    if wasCancelled { return .cancelled }
    return exitStatus == .ok ? .done : .failed
  }
}

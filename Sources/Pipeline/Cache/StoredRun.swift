import Foundation

/// How an instance of a graph stands at the end of a run.
package enum InstanceState: String, Sendable, Codable, CaseIterable {
  /// Its result was in the store.
  case cached
  /// Another process computed it while we waited, or an equal instance of this run did.
  case shared
  case done, failed
  /// Not started: its `if` does not hold, something before it failed, or a failure ended the run.
  case skipped
  /// Not started, or stopped, because the run was interrupted.
  case cancelled

  /// Whether there is a result.
  var isComplete: Bool { self == .cached || self == .shared || self == .done }
}

/// What people call a run, beside its experiment.
package struct RunLabels: Sendable, Hashable {
  /// What follows the time in the run's name; `nil` for something random.
  package var name: String?
  package var tags: [String: String] = [:]
  package var label = ""

  package init() {}
}

/// A run that the history knows.
package struct StoredRun: Sendable {
  package let id: Int64
  package let name: String
  package let started: Date
}

/// One run as `status` and `runs` show it.
package struct RunSummary: Sendable {
  package enum State: String, Sendable {
    case running, done, failed, cancelled
    /// Its process died.
    case lost
  }

  package let id: Int64
  package let name: String
  package let experiment: String
  package let file: String
  package let profile: String
  package let state: State
  package let started: Date
  /// Up to now for a running one; `nil` when it is not known how long a lost one went on.
  package let elapsedSeconds: Double?
  package let labels: RunLabels
  /// Instances of its graph.
  package let total: Int
  /// Instances by state; those that have not started are in none.
  package let counts: [InstanceRow.State: Int]
  /// Identifies the process that runs it.
  let process: String

  package func count(_ state: InstanceState) -> Int { counts[.ended(state), default: 0] }

  package var runningCount: Int { counts[.running, default: 0] }

  package var queuedCount: Int { max(0, total - counts.values.reduce(0, +)) }
}

/// How one instance of a run stands, as the history keeps it.
package struct InstanceRow: Sendable {
  package enum State: Sendable, Hashable {
    case running
    case ended(InstanceState)

    package var name: String {
      switch self {
      case .running: "running"
      case .ended(let state): state.rawValue
      }
    }

    init?(name: String) {
      if name == "running" {
        self = .running
      } else {
        guard let state = InstanceState(rawValue: name) else { return nil }
        self = .ended(state)
      }
    }
  }

  /// Index in the run's graph.
  package let position: Int
  package let name: String
  package var state: State
  package var key: String?
  /// Its last attempt in this run.
  package var attempt: String?
  package var attemptCount = 0
  /// When that attempt started.
  package var started: Date?
  package var cost = Cost()
  package var failure: String?
  /// What it reported last, 0...1 and in words.
  package var fraction: Double?
  package var message: String?

  package init(position: Int, name: String, state: State) {
    self.position = position
    self.name = name
    self.state = state
  }
}

/// One execution of a stage, as the history keeps it.
package struct StoredAttempt: Sendable {
  package let id: String
  package let number: Int
  package let state: String
  package let started: Date
}

import Foundation

/// Asks the process of a run, which may be any, to stop.
package struct RunCancellation: Sendable {
  package enum Outcome: Sendable, Hashable {
    /// The run has ended by itself before, in this state.
    case hadEnded(RunSummary.State)
    /// Its process died before, however it did.
    case ownerIsDead
    case stopped
    /// It goes on although its stages were killed.
    case goesOn
  }

  private let store: Store
  /// How long running stages may take to stop before they are killed.
  private let graceSeconds: Double
  /// Seconds for the runner to tidy up after its stages were killed.
  private static let tidyingSeconds = 10.0

  package init(_ store: Store, graceSeconds: Double) {
    self.store = store
    self.graceSeconds = graceSeconds
  }

  /// Sends the runner SIGTERM, once more after the grace, and waits until it has ended.
  ///
  /// The process is known by its number, its start and the boot, so that no other process which
  /// got the number since is ever asked.
  ///
  /// - Throws: ``FileError`` when the process belongs to somebody else, ``StoreError``.
  package func cancel(_ run: RunSummary) throws -> Outcome {
    switch run.state {
    case .lost: return .ownerIsDead
    case .done, .failed, .cancelled: return .hadEnded(run.state)
    case .running: break
    }
    guard let process = ProcessIdentity(text: run.process), process.isAlive else {
      return .ownerIsDead
    }
    for patience in [graceSeconds, RunCancellation.tidyingSeconds] {
      guard kill(process.pid, SIGTERM) == 0 || errno == ESRCH else {
        throw FileError("stop", "process \(process.pid)")
      }
      if try waitForEnd(of: run, process, seconds: patience) { return .stopped }
    }
    return .goesOn
  }

  private func waitForEnd(
    of run: RunSummary, _ process: ProcessIdentity, seconds: Double
  ) throws -> Bool {
    let deadline = DispatchTime.now() + seconds
    while true {
      if !process.isAlive { return true }
      if try store.run(named: run.name).state != .running { return true }
      if DispatchTime.now() >= deadline { return false }
      usleep(50_000)
    }
  }
}

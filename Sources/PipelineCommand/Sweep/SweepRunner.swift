import Dispatch
import Foundation
import Pipeline
import Synchronization

/// Runs the trials of a sweep, several at a time; one that fails does not end it.
struct SweepRunner: Sendable {
  let trials: SweepTrials
  let objective: CellExpression?
  let direction: SweepReport.Direction
  let project: Project
  let store: Store
  /// Of one trial.
  let options: RunOptions
  let cache: CacheOptions
  let folder: SweepFolder
  /// Trials at a time.
  let parallel: Int
  let note: @Sendable (String) -> Void

  private struct State {
    var next = 0
    var trials: [SweepReport.Trial] = []
    var nextWrite = DispatchTime.now()
    /// What ends the sweep: the store or the disk, not a stage.
    var failure: (any Error)?
  }

  /// - Returns: the trials that ended, and how the program ends that was stopped before the rest.
  /// - Throws: ``StoreError``, or ``StageFailure`` when results cannot be written.
  func run() throws -> (report: SweepReport, interruption: ExitStatus?) {
    let interrupts = Interrupts()
    let cancellation = interrupts.cancellation
    let state = Mutex(State())
    let origin = try RunOrigin(trials.first, in: project, tags: folder.tags)
    let earlier = folder.storedRuns()
    folder.results.removeLeftovers()
    onThreads(min(parallel, trials.count)) {
      while let trial = take(from: state), !cancellation.isRequested {
        do {
          guard let ended = try run(trial, origin, cancellation) else { break }
          note(line(for: ended))
          try state.withLock { state in
            state.trials.append(ended)
            // So that a sweep that is killed has a table, too.
            guard DispatchTime.now() >= state.nextWrite else { return }
            try folder.write(report(state.trials))
            state.nextWrite = .now() + .seconds(1)
          }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    let (ended, failure) = state.withLock { ($0.trials, $0.failure) }
    if let failure { throw failure }
    let outcome = report(ended)
    try folder.write(outcome)
    folder.prune(earlier, replacedBy: outcome)
    return (outcome, cancellation.isRequested ? interrupts.exitStatus : nil)
  }

  /// Runs `body` as often as said at the same time, on threads of its own: it waits for stages most
  /// of the time, and would keep the few shared threads from running them.
  private func onThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    let group = DispatchGroup()
    for _ in 0..<count {
      group.enter()
      let thread = Thread {
        body()
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
  }

  private func take(from state: borrowing Mutex<State>) -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.next < trials.count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  private func report(_ ended: [SweepReport.Trial]) -> SweepReport {
    SweepReport(
      dimensions: trials.sweep.dimensions.map(\.name), objective: objective?.text,
      direction: direction, trials: ended)
  }

  /// One trial; `nil` when it was stopped.
  private func run(
    _ trial: Int, _ origin: RunOrigin, _ cancellation: Cancellation
  ) throws -> SweepReport.Trial? {
    let spec = try trials[trial]
    var options = options
    options.forced = cache.forced([], in: spec.graph)
    let session = RunSession(
      graph: spec.graph, project: project, store: store, options: options,
      cancellation: cancellation, observe: { _ in }, ended: { _ in }, note: note)
    guard case .finished(let results) = try session.run() else { return nil }
    let stored = try results.write(in: folder.results, origin: origin.of(spec))
    let record = results.record
    let failure = zip(spec.graph.instances, record.instances).lazy.compactMap { instance, ended in
      ended.failure.map { "\(instance.id): \($0.what)" }
    }.first
    let measured = objective?.value(in: results.report.tables)
    let hasFailed = record.exitStatus != .ok || !results.report.problems.isEmpty
    return SweepReport.Trial(
      number: trial + 1, point: trials.sweep.points[trial], state: hasFailed ? .failed : .done,
      objective: hasFailed ? nil : measured?.number,
      problem: failure ?? results.report.problems.first?.what ?? measured?.problem ?? "",
      run: stored.lastPathComponent, executed: record.count(.done),
      cached: record.count(.cached) + record.count(.shared),
      elapsedSeconds: record.elapsedSeconds)
  }

  /// "trial 3/9  lr=0.1 n=2  objective 0.5  (4 executed, 2 cached)"
  private func line(for trial: SweepReport.Trial) -> String {
    let point = trials.sweep.overrides(of: trial.number - 1).joined(separator: " ")
    let result =
      trial.state == .failed
      ? "failed: \(trial.problem)"
      : trial.objective.map { "objective \(NumberText.short($0, decimals: 6))" }
        ?? (trial.problem.isEmpty ? "done" : "no objective: \(trial.problem)")
    return "trial \(trial.number)/\(trials.count)  \(point)  \(result)  "
      + "(\(trial.executed) executed, \(trial.cached) cached)"
  }
}

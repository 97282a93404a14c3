import Foundation
import Pipeline
import Stages

/// One graph run to its end against a store.
struct RunSession {
  enum Outcome {
    case finished(RunResults)
    /// Interrupted, with what was finished.
    case stopped(RunResults)
  }

  let graph: Graph
  let project: Project
  let store: Store
  let options: RunOptions
  let cancellation: Cancellation
  /// Gets every event, on one thread and in order.
  let observe: (RunEvent) -> Void
  /// Gets the record of each round, and notes for the user.
  let ended: (RunRecord) -> Void
  let note: (String) -> Void

  /// Runs until everything that is to be shown is there: an artifact that turns out damaged when it
  /// is read at the end is computed again.
  ///
  /// - Throws: ``StoreError``; ``StageFailure`` when artifacts are damaged again and again.
  func run() throws -> Outcome {
    var options = options
    for _ in 1...3 {
      let runner = Runner(
        graph, store: store, options: options, dataFolders: project.dataFolders,
        process: project.makeExecutor())
      let record = try runner.run(cancellation: cancellation, observer: observe)
      ended(record)
      do {
        let results = try RunResults(
          graph: graph, record: record, store: store,
          baselines: Baselines(for: graph, results: project.root.appending(path: "results")))
        return record.wasCancelled ? .stopped(results) : .finished(results)
      } catch StoreError.damagedArtifact where !record.wasCancelled {
        note("a stored artifact was altered since it was written: computing it again")
        options.forced = []
      }
    }
    throw StageFailure(
      .environment, at: store.workspace.root.path, "stored artifacts are altered again and again",
      why: "they were computed three times", fix: "examine the disk, or use --workspace elsewhere")
  }
}

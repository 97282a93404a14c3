import Dispatch
import Foundation

/// Brings a graph to its end: takes what the store has, computes the rest, records both.
///
/// One thread, the caller's, owns all state of the run; attempts run on a concurrent queue and
/// send their ends to it as messages. So nothing is shared and nothing is locked, and the observer
/// hears of everything on one thread and in order.
package struct Runner: Sendable {
  let graph: Graph
  let store: Store
  let options: RunOptions
  let dataFolders: DataFolders
  let inline: any Executor
  let process: any Executor

  /// - Parameters:
  ///   - graph: producers before their consumers.
  ///   - store: opened for running.
  ///   - options: limits and policy.
  ///   - dataFolders: where stages look for declared files.
  ///   - inline: for short stages without numerics.
  ///   - process: for all others.
  package init(
    _ graph: Graph, store: Store, options: RunOptions, dataFolders: DataFolders,
    inline: any Executor = InlineExecutor(), process: any Executor
  ) {
    self.graph = graph
    self.store = store
    self.options = options
    self.dataFolders = dataFolders
    self.inline = inline
    self.process = process
  }

  /// Runs to the end, blocking the calling thread, on which `observer` is called.
  ///
  /// - Throws: ``StoreError`` when the run cannot be recorded. Failures of stages are not thrown;
  ///   they are in the record.
  package func run(
    cancellation: Cancellation = Cancellation(), observer: @escaping (RunEvent) -> Void
  ) throws(StoreError) -> RunRecord {
    let experiment = graph.experiment
    let known = try store.actions(ofLastRunOf: experiment.name, profile: experiment.profile)
    let run = try store.beginRun(
      experiment: experiment.name, file: experiment.file, profile: experiment.profile,
      labels: options.labels, instanceCount: graph.instances.count)
    observer(.began(run: run.name, instanceCount: graph.instances.count))
    var loop = RunLoop(self, run: run, known: known, cancellation: cancellation, observer: observer)
    loop.run()
    let record = RunRecord(
      name: run.name, started: run.started, elapsedSeconds: loop.elapsedSeconds,
      instances: loop.records)
    try store.endRun(
      run.id, state: record.state, elapsedSeconds: record.elapsedSeconds,
      instances: loop.liveRows.rest())
    try store.drop(record.unneeded(in: graph))
    // Its results take their turn in memory now.
    store.releaseMemory()
    return record
  }

  func executor(for instance: Instance) -> any Executor {
    instance.needsProcess ? process : inline
  }
}

extension Instance {
  /// Whether it gets a process of its own: by its wish, or because it is long (2 s), large
  /// (256 MiB), uses numerics, whose kernels are pinned only there, or starts a program of the
  /// user's, which is contained only there.
  var needsProcess: Bool {
    if !bound.type.numericsTag.isEmpty || bound.type.isExternal { return true }
    switch resources.isolation {
    case .process: return true
    case .inline: return false
    case .auto:
      let estimate = bound.stage.estimate
      return estimate.cpuSeconds > 2 || estimate.memoryBytes > 256 << 20
    }
  }
}

/// All that a stored run knows of itself: the content of `run.json`.
///
/// With the tables beside it, it is enough to report, explain, trace, compare and judge the run
/// again on another machine, without the store.
package struct RunDocument: Sendable {
  /// Raised when readers of an older document would misunderstand a new one.
  package static let format = 2

  /// Name of the run.
  package let run: String
  package let experiment: Experiment
  package let provenance: RunProvenance
  /// In the order of the graph: producers before their consumers.
  package let instances: [RunInstance]

  package init(
    run: String, experiment: Experiment, provenance: RunProvenance, instances: [RunInstance]
  ) {
    self.run = run
    self.experiment = experiment
    self.provenance = provenance
    self.instances = instances
  }

  /// Describes a run that has just ended.
  ///
  /// - Parameters:
  ///   - graph: what was run.
  ///   - record: how that went.
  ///   - provenance: the circumstances.
  ///   - file: the specification's path from the project's root; as the user wrote it for `nil`.
  package init(
    _ graph: Graph, _ record: RunRecord, provenance: RunProvenance, file: String? = nil
  ) {
    let experiment = graph.experiment
    self.init(
      run: record.name,
      experiment: Experiment(
        name: experiment.name, title: experiment.title, file: file ?? experiment.file,
        profile: experiment.profile, parameters: experiment.parameters, paper: experiment.paper),
      provenance: provenance,
      instances: graph.instances.indices.map { RunInstance($0, of: graph, record) })
  }

  /// The position of an instance by its name (`model[train=mix,seed=2]`).
  package func index(of id: String) -> Int? { instances.firstIndex { $0.id == id } }
}

extension RunRecord {
  /// A skipped instance counts as disabled when the first cause is an `if` that does not hold, a
  /// cancelled one as left out.
  package func status(of index: Int) -> InstanceResult.Status {
    var index = index
    while true {
      switch instances[index].state {
      case .cached, .shared: return .cached
      case .done: return .ran
      case .failed: return .failed
      case .cancelled: return .omitted
      case .skipped:
        switch instances[index].skipReason {
        case .condition: return .disabled
        case .upstream(let cause): index = cause
        case .leftOut: return .omitted
        case .stopped, nil: return .failed
        }
      }
    }
  }
}

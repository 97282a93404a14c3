/// A specification expanded to stage instances, with what is to be shown and judged at the end.
///
/// A pure value: it knows no files, clocks or threads.
package struct Graph: Sendable {
  package let experiment: Experiment
  /// Producers stand before their consumers.
  package let instances: [Instance]
  package let tables: [TableView]
  package let plots: [PlotView]
  package let expectations: [Expectation]

  package init(
    experiment: Experiment, instances: [Instance], tables: [TableView], plots: [PlotView],
    expectations: [Expectation]
  ) {
    self.experiment = experiment
    self.instances = instances
    self.tables = tables
    self.plots = plots
    self.expectations = expectations
  }

  /// The same graph with nothing to draw.
  package var withoutPlots: Graph {
    Graph(
      experiment: experiment, instances: instances, tables: tables, plots: [],
      expectations: expectations)
  }
}

/// Head matter of a resolved specification.
package struct Experiment: Sendable {
  package let name: String
  package let title: String
  /// Path of the specification as given.
  package let file: String
  package let profile: String
  /// Experiment parameters after profile and overrides, with where each value comes from.
  package let parameters: [ResolvedParameter]
  /// The `paper:` map, as plain text for reports.
  package let paper: [String: String]

  package init(
    name: String, title: String, file: String, profile: String, parameters: [ResolvedParameter],
    paper: [String: String]
  ) {
    self.name = name
    self.title = title
    self.file = file
    self.profile = profile
    self.parameters = parameters
    self.paper = paper
  }
}

package struct ResolvedParameter: Sendable {
  package let name: String
  package let value: Value
  /// "default (file:line)", "profile smoke (file:line)", "command line".
  package let origin: String

  package init(name: String, value: Value, origin: String) {
    self.name = name
    self.value = value
    self.origin = origin
  }
}

/// One stage with one label on each of its axes: a node of the graph.
package struct Instance: Sendable {
  /// Name of the stage in the specification.
  package let stage: String
  /// Its own axes, in order of declaration.
  package let labels: [AxisLabel]
  package let bound: BoundStage
  package let inputs: [InputBinding]
  /// Indices of instances that must end before this one although no data flows.
  package let needs: [Int]
  /// `false` when its `if` does not hold: neither it nor its consumers run.
  package let isEnabled: Bool
  package let resources: Resources
  package let location: SourceLocation
  /// Where each parameter's value comes from, for explanations ("profile smoke (file:line)").
  package let parameterOrigins: [String: String]
  /// `model[train=mix,seed=2]`; the stage's name alone when it has no axis.
  package let id: String
  /// The experiment's parameters that each parameter's expression reads; those of the condition
  /// under `if`.
  package let parameterSources: [String: [String]]
  /// Names of outputs that go from the store at the end of a run, once nobody needs them.
  package let transientOutputs: Set<String>

  package init(
    stage: String, labels: [AxisLabel], bound: BoundStage, inputs: [InputBinding], needs: [Int],
    isEnabled: Bool, resources: Resources, location: SourceLocation,
    parameterOrigins: [String: String], parameterSources: [String: [String]] = [:],
    transientOutputs: Set<String> = []
  ) {
    self.stage = stage
    self.labels = labels
    self.bound = bound
    self.inputs = inputs
    self.needs = needs
    self.isEnabled = isEnabled
    self.resources = resources
    self.location = location
    self.parameterOrigins = parameterOrigins
    id = AxisLabel.instanceName(stage, labels)
    self.parameterSources = parameterSources
    self.transientOutputs = transientOutputs
  }
}

/// The artifacts that feed one input slot.
package struct InputBinding: Sendable, Hashable {
  package let slot: String
  /// What its artifacts hold, where the consumer's declaration leaves that open.
  package let type: ArtifactType?
  /// One source, or several in axis order when gathered.
  package let sources: [Source]

  package struct Source: Sendable, Hashable {
    /// Index of the producing instance in the graph.
    package let instance: Int
    package let output: String
    /// The producer's labels on the gathered axes, which reach the consumer and its key.
    package let gatheredLabels: [AxisLabel]

    package init(instance: Int, output: String, gatheredLabels: [AxisLabel]) {
      self.instance = instance
      self.output = output
      self.gatheredLabels = gatheredLabels
    }
  }

  package init(slot: String, type: ArtifactType? = nil, sources: [Source]) {
    self.slot = slot
    self.type = type
    self.sources = sources
  }
}

/// What an instance may use and how it may fail; never part of a key.
package struct Resources: Sendable, Hashable {
  package enum Isolation: String, Sendable, CaseIterable { case auto, process, inline }
  /// Ends of an attempt that a retry may follow.
  package enum RetryCause: String, Sendable, CaseIterable { case lost, timeout, failed }

  package var cpus = 1
  package var memoryBytes = 1 << 30
  package var timeoutSeconds: Double?
  package var maxRetries = 0
  package var retryCauses: Set<RetryCause> = [.lost, .timeout]
  package var isolation = Isolation.auto

  package init() {}
}

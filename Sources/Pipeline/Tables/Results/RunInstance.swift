/// One instance of a stored run: what it was made of, what came of it, what it took.
package struct RunInstance: Sendable, Hashable {
  package let stage: String
  package let labels: [AxisLabel]
  /// Stage type.
  package let kind: String
  /// Where the stage stands in the specification.
  package let location: SourceLocation
  package let status: InstanceResult.Status
  /// Cache key; empty when it was never known.
  package var key = ""
  /// What the key was made of; empty when it was never known.
  package var parts = KeyParts(stored: [])
  /// Where each parameter's value came from.
  package var parameterOrigins: [String: String] = [:]
  /// The experiment's parameters that each parameter's expression reads; those of the condition
  /// under `if`.
  package var parameterSources: [String: [String]] = [:]
  package var inputs: [InputBinding] = []
  /// Positions of instances that had to end before it although no data flowed.
  package var needs: [Int] = []
  package var outputs: [StoredOutput] = []
  /// Seconds from the start of the run to the start of the last attempt; `nil` when none ran.
  package var startedSeconds: Double?
  /// Of the computation, now or when it was made.
  package var cost = Cost()
  package var attemptCount = 0
  /// Why it ran, if it did.
  package var cause = RunCause.unknown
  /// Names the last attempt, and so its log in the workspace; `nil` when none ran.
  package var attempt: String?
  package var failure: String?
  /// The last lines of a failed attempt's log.
  package var logTail: [String] = []

  package init(
    stage: String, labels: [AxisLabel], kind: String, location: SourceLocation,
    status: InstanceResult.Status
  ) {
    self.stage = stage
    self.labels = labels
    self.kind = kind
    self.location = location
    self.status = status
  }

  /// `model[train=mix,seed=2]`
  package var id: String { AxisLabel.instanceName(stage, labels) }
}

extension RunInstance {
  init(_ index: Int, of graph: Graph, _ record: RunRecord) {
    let instance = graph.instances[index]
    let ended = record.instances[index]
    self.init(
      stage: instance.stage, labels: instance.labels, kind: instance.bound.type.kind,
      location: instance.location, status: record.status(of: index))
    key = ended.key ?? ""
    parts = ended.parts ?? KeyParts(stored: [])
    parameterOrigins = instance.parameterOrigins
    parameterSources = instance.parameterSources
    inputs = instance.inputs
    needs = instance.needs
    outputs = ended.outputs
    startedSeconds = ended.startedSeconds
    cost = ended.cost
    attemptCount = ended.attemptCount
    cause = ended.cause
    attempt = ended.attempt
    failure = ended.failure?.description
    logTail = ended.failure?.logTail ?? []
  }
}

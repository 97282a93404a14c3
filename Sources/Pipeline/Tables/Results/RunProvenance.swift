/// Where the numbers of a run come from: everything that may differ between two runs with
/// identical results stands here and nowhere else.
package struct RunProvenance: Sendable {
  package var programVersion = ""
  package var commandLine = ""
  /// SHA-256 of the specification file.
  package var specHash = ""
  package var gitCommit: String?
  /// ISO 8601, UTC.
  package var startedAt = ""
  package var finishedAt = ""
  package var elapsedSeconds = 0.0
  package var cpuSeconds = 0.0
  package var peakMemoryBytes = 0
  /// Facts about the machine ("cpu", "cores", "os", "numerics").
  package var host: [String: String] = [:]
  /// Every data set that a stage of the run read.
  package var datasets: [DatasetReference] = []

  package init() {}

  /// The content of `run.json`.
  func jsonValue(runID: String, report: RunReport, instances: [InstanceResult]) -> Value {
    .map([
      "run": .string(runID), "experiment": .string(report.experiment.name),
      "program_version": .string(programVersion), "command_line": .string(commandLine),
      "spec": .map(["path": .string(report.experiment.file), "sha256": .string(specHash)]),
      "profile": .string(report.experiment.profile),
      "git_commit": gitCommit.map(Value.string) ?? .null,
      "started_at": .string(startedAt), "finished_at": .string(finishedAt),
      "elapsed_seconds": .double(elapsedSeconds), "cpu_seconds": .double(cpuSeconds),
      "peak_memory_bytes": .int(peakMemoryBytes), "host": .map(host.mapValues(Value.string)),
      "datasets": .list(
        datasets.map { .map(["name": .string($0.name), "sha256_prefix": .string($0.hash)]) }),
      "parameters": .list(
        report.experiment.parameters.map {
          .map(["name": .string($0.name), "value": $0.value, "origin": .string($0.origin)])
        }),
      "instances": .list(instances.map(Self.jsonValue)),
    ])
  }

  private static func jsonValue(_ instance: InstanceResult) -> Value {
    .map([
      "id": .string(instance.id), "status": .string(instance.status.rawValue),
      "key": .string(instance.key),
      "outputs": .map(instance.outputHashes.mapValues(Value.string)),
      "elapsed_seconds": .double(instance.elapsedSeconds),
      "cpu_seconds": .double(instance.cpuSeconds),
    ])
  }
}

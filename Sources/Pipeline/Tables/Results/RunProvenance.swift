/// Where the numbers of a run come from: everything that may differ between two runs with
/// identical results stands here and nowhere else.
package struct RunProvenance: Sendable, Hashable {
  package var programVersion = ""
  package var commandLine = ""
  /// `name=value` as given on the command line.
  package var overrides: [String] = []
  /// Facts that the user wanted kept with the run.
  package var tags: [String: String] = [:]
  package var label = ""
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
}

extension RunProvenance {
  /// Its entries in `run.json`; the specification's hash stands beside its path there.
  var jsonFields: [String: Value] {
    [
      "program_version": .string(programVersion), "command_line": .string(commandLine),
      "overrides": .list(overrides.map(Value.string)),
      "tags": .map(tags.mapValues(Value.string)), "label": .string(label),
      "git_commit": gitCommit.map(Value.string) ?? .null,
      "started_at": .string(startedAt), "finished_at": .string(finishedAt),
      "elapsed_seconds": .double(elapsedSeconds), "cpu_seconds": .double(cpuSeconds),
      "peak_memory_bytes": .int(peakMemoryBytes), "host": .map(host.mapValues(Value.string)),
      "datasets": .list(
        datasets.map { .map(["name": .string($0.name), "sha256_prefix": .string($0.hash)]) }),
    ]
  }

  init?(jsonValue value: Value) {
    guard let programVersion = value["program_version"]?.text,
      let commandLine = value["command_line"]?.text,
      let overrides = value["overrides"]?.texts, let specHash = value["spec"]?["sha256"]?.text,
      let startedAt = value["started_at"]?.text, let finishedAt = value["finished_at"]?.text,
      let elapsed = value["elapsed_seconds"]?.number, let cpu = value["cpu_seconds"]?.number,
      let memory = value["peak_memory_bytes"]?.integer, let host = value["host"]?.textEntries,
      let datasets = value["datasets"]?.items(DatasetReference.init(jsonValue:))
    else { return nil }
    self.programVersion = programVersion
    self.commandLine = commandLine
    self.overrides = overrides
    // Runs of an earlier version have none.
    tags = value["tags"]?.textEntries ?? [:]
    label = value["label"]?.text ?? ""
    self.specHash = specHash
    gitCommit = value["git_commit"]?.text
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    elapsedSeconds = elapsed
    cpuSeconds = cpu
    peakMemoryBytes = memory
    self.host = host
    self.datasets = datasets
  }
}

extension DatasetReference {
  fileprivate init?(jsonValue value: Value) {
    guard let name = value["name"]?.text, let hash = value["sha256_prefix"]?.text else {
      return nil
    }
    self.init(name: name, hash: hash)
  }
}

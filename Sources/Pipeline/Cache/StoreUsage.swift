/// How much a workspace holds.
package struct StoreUsage: Sendable, Hashable {
  /// Results of one stage type.
  package struct Kind: Sendable, Hashable {
    package let kind: String
    package internal(set) var resultCount = 0
    /// Contents; one that two types share counts for both.
    package internal(set) var byteCount = 0
    /// What it took to compute them.
    package internal(set) var cpuSeconds = 0.0
  }

  /// The largest first.
  package let kinds: [Kind]
  package let resultCount: Int
  package let artifactCount: Int
  /// Contents, each once, in files and in the database.
  package let artifactBytes: Int
  package let runCount: Int
  package let databaseBytes: Int
  package let logBytes: Int
  package let manifestBytes: Int
  package let quarantineBytes: Int

  package var jsonValue: Value {
    .map([
      "results": .int(resultCount), "artifacts": .int(artifactCount),
      "artifact_bytes": .int(artifactBytes), "runs": .int(runCount),
      "database_bytes": .int(databaseBytes), "log_bytes": .int(logBytes),
      "manifest_bytes": .int(manifestBytes), "quarantine_bytes": .int(quarantineBytes),
      "types": .list(
        kinds.map { kind in
          .map([
            "type": .string(kind.kind), "results": .int(kind.resultCount),
            "bytes": .int(kind.byteCount), "cpu_seconds": .double(kind.cpuSeconds),
          ])
        }),
    ])
  }
}

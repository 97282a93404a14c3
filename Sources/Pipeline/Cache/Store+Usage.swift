import Foundation
import GRDB

extension Store {
  /// What the workspace holds, by stage type.
  package func usage() throws(StoreError) -> StoreUsage {
    let (entries, runCount) = try read { db in
      (try StoredEntry.all(db), try Int.fetchOne(db, sql: "SELECT count(*) FROM run") ?? 0)
    }
    var kinds: [String: StoreUsage.Kind] = [:]
    var sizes: [String: Int] = [:]
    var sizesByKind: [String: [String: Int]] = [:]
    for entry in entries {
      kinds[entry.kind, default: StoreUsage.Kind(kind: entry.kind)].resultCount += 1
      kinds[entry.kind]?.cpuSeconds += entry.cost.cpuSeconds
      for output in entry.outputs {
        sizes[output.hash] = output.byteCount
        sizesByKind[entry.kind, default: [:]][output.hash] = output.byteCount
      }
    }
    for (kind, sizes) in sizesByKind { kinds[kind]?.byteCount = sizes.values.reduce(0, +) }
    let database = ["", "-wal"].reduce(0) { $0 + (Files.size(workspace.database + $1) ?? 0) }
    return StoreUsage(
      kinds: kinds.values.sorted { ($1.byteCount, $0.kind) < ($0.byteCount, $1.kind) },
      resultCount: entries.count, artifactCount: sizes.count,
      artifactBytes: sizes.values.reduce(0, +), runCount: runCount, databaseBytes: database,
      logBytes: Files.treeSize(workspace.logs), manifestBytes: Files.treeSize(workspace.manifests),
      quarantineBytes: Files.treeSize(workspace.quarantine))
  }
}

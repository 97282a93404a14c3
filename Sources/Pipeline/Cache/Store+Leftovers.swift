import Foundation
import GRDB

/// Files of the workspace that no result needs.
extension Store {
  /// Old files that nothing names: artifacts and manifests without a row, logs and requests of
  /// forgotten runs after a day, quarantined artifacts after a week.
  func leftovers() throws(StoreError) -> [GarbageCollection.Leftover] {
    let (hashes, keys, attempts, runs) = try read { db in
      (
        Set(try String.fetchAll(db, sql: "SELECT hash FROM artifact")),
        Set(try String.fetchAll(db, sql: "SELECT key FROM action")),
        Set(
          try String.fetchAll(db, sql: "SELECT id FROM attempt UNION SELECT attempt FROM action")),
        Set(try String.fetchAll(db, sql: "SELECT name FROM run"))
      )
    }
    let day = CollectionPolicy.orphanSeconds
    return files(below: workspace.shelves, olderThan: day) { !hashes.contains($0) }
      + files(below: workspace.manifests, olderThan: day) { !keys.contains($0) }
      + files(in: workspace.requests, olderThan: day) { name in
        !runs.contains(String(name.dropLast(".json".count)))
      }
      + files(in: workspace.logs, olderThan: day) { name in
        !attempts.contains(String(name.dropLast(".log".count)))
      }
      + files(in: workspace.quarantine, olderThan: CollectionPolicy.quarantineSeconds) { _ in true }
  }

  /// Removes ``leftovers()``, found out anew while nobody can store.
  func removeLeftovers() throws(StoreError) {
    let lock = try ShelfLock(workspace, .alone)
    for file in try leftovers() { unlink(file.path) }
    _ = consume lock
  }

  private func files(
    below folder: String, olderThan seconds: Double, where isLeft: (String) -> Bool
  ) -> [GarbageCollection.Leftover] {
    Files.names(in: folder).sorted().flatMap {
      files(in: folder + "/" + $0, olderThan: seconds, where: isLeft)
    }
  }

  private func files(
    in folder: String, olderThan seconds: Double, where isLeft: (String) -> Bool
  ) -> [GarbageCollection.Leftover] {
    let latest = Int((now().timeIntervalSince1970 - seconds) * 1e9)
    return Files.names(in: folder).sorted().filter(isLeft).compactMap { name in
      let path = folder + "/" + name
      guard let look = try? FileLook(path), max(look.modified, look.changed) < latest else {
        return nil
      }
      return GarbageCollection.Leftover(path: path, byteCount: look.size)
    }
  }
}

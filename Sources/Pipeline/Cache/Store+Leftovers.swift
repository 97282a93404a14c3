import Foundation
import GRDB

/// Contents and files of the workspace that no result needs.
extension Store {
  typealias Leftover = GarbageCollection.Leftover

  // MARK: Contents

  /// Files of contents that no result names any more: it was dropped or has other outputs now.
  /// Those used within the last hour or by a running attempt stay.
  func unnamedArtifacts(_ db: Database) throws -> [Leftover] {
    try unnamedContents(db).compactMap { hash in
      let path = workspace.artifact(hash)
      return Files.size(path).map { Leftover(path: path, byteCount: $0, kind: .artifact) }
    }
  }

  private func unnamedContents(_ db: Database) throws -> [String] {
    let leased = try Store.leasedHashes(db)
    return try String.fetchAll(
      db,
      sql: """
        SELECT hash FROM (
          SELECT hash FROM artifact WHERE last_used < ?
          UNION SELECT hash FROM blob WHERE hash NOT IN (SELECT hash FROM artifact))
        WHERE hash NOT IN (SELECT hash FROM output) ORDER BY hash
        """, arguments: [graceStart]
    ).filter { !leased.contains($0) }
  }

  /// Removes what ``unnamedArtifacts(_:)`` finds, with the rows, and small contents alike.
  func removeUnnamed() throws(StoreError) -> [Leftover] {
    let lock = try ShelfLock(workspace, .alone)
    let (hashes, files) = try write { db in
      let hashes = try unnamedContents(db)
      let files = try unnamedArtifacts(db)
      try Store.deleteContents(db, hashes)
      return (hashes, files)
    }
    for file in files { unlink(file.path) }
    verified.withLock { $0.subtract(hashes) }
    _ = consume lock
    return files
  }

  // MARK: Files

  /// Old files that nothing names: artifacts and manifests without a row, logs and requests of
  /// forgotten runs after a day, quarantined artifacts after a week.
  func leftovers() throws(StoreError) -> [Leftover] {
    let found =
      files(below: workspace.shelves, .artifact) + files(below: workspace.manifests, .manifest)
      + files(in: workspace.requests, .request) + files(in: workspace.logs, .log)
      + files(in: workspace.quarantine, .quarantined)
    return try read { db in try found.filter { try !Store.isNeeded($0, db) } }
  }

  /// Removes ``leftovers()``.
  ///
  /// They are looked for while others store, and each is looked at again, in batches, while nobody
  /// can.
  ///
  /// - Returns: what was removed.
  func removeLeftovers() throws(StoreError) -> [Leftover] {
    var removed: [Leftover] = []
    var rest = try leftovers()[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Store.batchCount)
      rest = rest.dropFirst(Store.batchCount)
      let lock = try ShelfLock(workspace, .alone)
      let unneeded = try read { db in
        try batch.filter { try isOld($0.path, $0.kind) != nil && !Store.isNeeded($0, db) }
      }
      removed += unneeded.filter { unlink($0.path) == 0 }
      _ = consume lock
    }
    return removed
  }

  /// Whether a row names what the file holds.
  private static func isNeeded(_ file: Leftover, _ db: Database) throws -> Bool {
    let name = file.path.split(separator: "/").last.map(String.init) ?? ""
    let (sql, argument) =
      switch file.kind {
      case .artifact: ("SELECT 1 FROM artifact WHERE hash = ?", name)
      case .manifest: ("SELECT 1 FROM action WHERE key = ?", name)
      case .request: ("SELECT 1 FROM run WHERE name = ?", String(name.dropLast(".json".count)))
      case .log: ("SELECT 1 FROM attempt WHERE id = ?", String(name.dropLast(".log".count)))
      case .quarantined: ("SELECT 0 WHERE ? IS NULL", name)
      }
    return try Bool.fetchOne(db.cachedStatement(sql: sql), arguments: [argument]) ?? false
  }

  private func files(below folder: String, _ kind: Leftover.Kind) -> [Leftover] {
    Files.names(in: folder).sorted().flatMap { files(in: folder + "/" + $0, kind) }
  }

  private func files(in folder: String, _ kind: Leftover.Kind) -> [Leftover] {
    Files.names(in: folder).sorted().compactMap { name in
      let path = folder + "/" + name
      return isOld(path, kind).map { Leftover(path: path, byteCount: $0, kind: kind) }
    }
  }

  /// The size of a file that nobody can be about to use.
  private func isOld(_ path: String, _ kind: Leftover.Kind) -> Int? {
    let age =
      kind == .quarantined ? CollectionPolicy.quarantineSeconds : CollectionPolicy.orphanSeconds
    let latest = Int((now().timeIntervalSince1970 - age) * 1e9)
    guard let look = try? FileLook(path), max(look.modified, look.changed) < latest else {
      return nil
    }
    return look.size
  }
}

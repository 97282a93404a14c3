import Foundation
import GRDB

/// Removal of results that nobody needs.
///
/// Rows go first, in one transaction, and then the files, while no other process may store
/// (``ShelfLock``): a crash in between leaves files that nothing names. What is kept is found out
/// again inside each of these transactions. So a run that began meanwhile loses no result that its
/// instances are known to use, and no input of an attempt that has begun; one that is about to use
/// a result finds it gone when it opens it, and computes it again.
extension Store {
  private static let batchCount = 500

  /// What a collection would remove now. Changes nothing.
  package func planCollection(_ policy: CollectionPolicy) throws(StoreError) -> GarbageCollection {
    let time = now()
    var plan = try read { db in
      GarbageCollection(
        of: try StoredEntry.all(db), keeping: try Store.keptKeys(db, policy).keys, policy: policy,
        now: time)
    }
    plan.leftovers = try leftovers()
    return plan
  }

  /// Removes what a plan lists, as far as it still may be removed.
  ///
  /// - Returns: the plan with what was removed.
  @discardableResult
  package func collect(
    _ plan: GarbageCollection, _ policy: CollectionPolicy
  ) throws(StoreError) -> GarbageCollection {
    var done = plan
    let removed = try remove(plan.entries) { db in try Store.keptKeys(db, policy).keys }
    done.entries = plan.entries.filter { removed.keys.contains($0.key) }
    done.freedBytes = removed.byteCount
    try forgetRuns(policy)
    done.leftovers = try leftovers()
    try removeLeftovers()
    try compact()
    return done
  }

  /// Removes results that a person chose, but those of runs in progress.
  ///
  /// - Returns: the keys that were removed, and how many bytes of contents went with them.
  @discardableResult
  package func remove(
    _ entries: [StoredEntry]
  ) throws(StoreError) -> (keys: Set<String>, byteCount: Int) {
    var policy = CollectionPolicy()
    policy.keptRunCount = 0
    return try remove(entries) { [policy] db in
      try Store.keptKeys(db, policy, includesTagged: false).keys
    }
  }

  // MARK: What is kept

  /// The runs whose results stay, and the keys of these.
  static func keptKeys(
    _ db: Database, _ policy: CollectionPolicy, includesTagged: Bool = true
  ) throws -> (runs: Set<Int64>, keys: Set<String>) {
    var counts: [String: Int] = [:]
    var runs: Set<Int64> = []
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, name, experiment, profile, state, tags <> '{}' FROM run
        ORDER BY id DESC
        """)
    for row in rows {
      let id: Int64 = try row.decode(atIndex: 0)
      let name: String = try row.decode(atIndex: 1)
      let specification = [
        try row.decode(String.self, atIndex: 2), try row.decode(String.self, atIndex: 3),
      ].joined(separator: "\u{1f}")
      let state: String = try row.decode(atIndex: 4)
      let isTagged = try row.decode(Bool.self, atIndex: 5) && includesTagged
      let isRecent = counts[specification, default: 0] < policy.keptRunCount
      if isRecent || isTagged || state == "running" || policy.keptRuns.contains(name) {
        runs.insert(id)
      }
      if state == "done" { counts[specification, default: 0] += 1 }
    }
    var keys = Set(
      try String.fetchAll(db, sql: "SELECT key FROM attempt WHERE state = 'running'"))
    for run in runs {
      keys.formUnion(
        try String.fetchAll(
          db, sql: "SELECT key FROM instance WHERE run = ? AND key IS NOT NULL", arguments: [run]))
    }
    return (runs, keys)
  }

  /// The inputs of running attempts: some may be about to be opened.
  private static func leasedHashes(_ db: Database) throws -> Set<String> {
    let leases = try String.fetchAll(db, sql: "SELECT leases FROM attempt WHERE state = 'running'")
    return Set(leases.flatMap { $0.split(separator: " ").map(String.init) })
  }

  // MARK: Removing

  private func remove(
    _ entries: [StoredEntry], keeping kept: (Database) throws -> Set<String>
  ) throws(StoreError) -> (keys: Set<String>, byteCount: Int) {
    var removed: Set<String> = []
    var byteCount = 0
    var rest = entries[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Store.batchCount)
      rest = rest.dropFirst(Store.batchCount)
      let lock = try ShelfLock(workspace, .alone)
      let (keys, hashes, bytes) = try write { db in
        let kept = try kept(db)
        let leased = try Store.leasedHashes(db)
        return try Store.deleteRows(
          db,
          of: batch.filter { entry in
            !kept.contains(entry.key) && !entry.outputs.contains { leased.contains($0.hash) }
          })
      }
      crashPoint.reached(.removed)
      for key in keys { unlink(workspace.manifest(key)) }
      for hash in hashes {
        unlink(workspace.artifact(hash))
        verified.withLock { _ = $0.remove(hash) }
      }
      removed.formUnion(keys)
      byteCount += bytes
      _ = consume lock
    }
    return (removed, byteCount)
  }

  /// Deletes results with the contents that no other result names.
  private static func deleteRows(
    _ db: Database, of entries: [StoredEntry]
  ) throws -> (keys: [String], hashes: [String], byteCount: Int) {
    let deleteAction = try db.cachedStatement(sql: "DELETE FROM action WHERE key = ?")
    for entry in entries { try deleteAction.execute(arguments: [entry.key]) }
    var hashes: [String] = []
    var byteCount = 0
    var sizes: [String: Int] = [:]
    for output in entries.flatMap(\.outputs) { sizes[output.hash] = output.byteCount }
    let isNamed = try db.cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM output WHERE hash = ?)")
    let deleteArtifact = try db.cachedStatement(sql: "DELETE FROM artifact WHERE hash = ?")
    let deleteBlob = try db.cachedStatement(sql: "DELETE FROM blob WHERE hash = ?")
    for (hash, size) in sizes where try Bool.fetchOne(isNamed, arguments: [hash]) != true {
      try deleteArtifact.execute(arguments: [hash])
      try deleteBlob.execute(arguments: [hash])
      hashes.append(hash)
      byteCount += size
    }
    return (entries.map(\.key), hashes, byteCount)
  }

  /// Forgets runs that are not kept, unless a result that stays was computed in them.
  private func forgetRuns(_ policy: CollectionPolicy) throws(StoreError) {
    let latest = now().timeIntervalSince1970 - CollectionPolicy.graceSeconds
    try write { db in
      let kept = try Store.keptKeys(db, policy).runs
      let runs = try Int64.fetchAll(
        db,
        sql: """
          SELECT id FROM run WHERE started < ? AND id NOT IN (
            SELECT t.run FROM attempt t JOIN action a ON a.attempt = t.id)
          """, arguments: [latest])
      for run in runs where !kept.contains(run) {
        try db.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [run])
      }
    }
  }

  /// Gives the space of deleted rows back when it is more than a quarter of the file.
  private func compact() throws(StoreError) {
    try Store.retrying(workspace.database) {
      try queue.writeWithoutTransaction { db in
        let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        let all = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        if free > 256, free > all / 4 { try db.execute(sql: "VACUUM") }
      }
    }
  }
}

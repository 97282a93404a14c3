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
  static let batchCount = 500

  /// What a collection would remove now. Changes nothing.
  package func planCollection(_ policy: CollectionPolicy) throws(StoreError) -> GarbageCollection {
    let time = now()
    var plan = try read { db in
      GarbageCollection(
        of: try StoredEntry.all(db), keeping: try Store.keptKeys(db, policy).keys, policy: policy,
        now: time)
    }
    plan.leftovers = try read(unnamedArtifacts) + leftovers()
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
    let removed = try remove(plan.entries, usedBefore: graceStart) { db in
      try Store.keptKeys(db, policy).keys
    }
    done.entries = plan.entries.filter { removed.keys.contains($0.key) }
    done.freedBytes = removed.byteCount
    try forgetRuns(policy)
    let unnamed = try removeUnnamed()
    done.leftovers = try unnamed + removeLeftovers()
    do { try compact() } catch {
      done.note = "the database keeps the space of what was deleted: \(error.diagnostic.what)"
    }
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

  /// The runs whose results stay, and the keys of these. The trials of a sweep, which have its name
  /// as tag, count as one run.
  static func keptKeys(
    _ db: Database, _ policy: CollectionPolicy, includesTagged: Bool = true
  ) throws -> (runs: Set<Int64>, keys: Set<String>) {
    var counts: [String: Int] = [:]
    var runs: Set<Int64> = []
    var recentSweeps: Set<String> = []
    var countedSweeps: Set<String> = []
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, name, experiment, profile, state, json_remove(tags, '$.sweep') <> '{}',
          json_extract(tags, '$.sweep')
        FROM run ORDER BY id DESC
        """)
    for row in rows {
      let id: Int64 = try row.decode(atIndex: 0)
      let name: String = try row.decode(atIndex: 1)
      let specification = [
        try row.decode(String.self, atIndex: 2), try row.decode(String.self, atIndex: 3),
      ].joined(separator: "\u{1f}")
      let state: String = try row.decode(atIndex: 4)
      let isTagged = try row.decode(Bool.self, atIndex: 5) && includesTagged
      let sweep = try row.decode(String?.self, atIndex: 6).map { specification + "\u{1f}" + $0 }
      let isRecent =
        counts[specification, default: 0] < policy.keptRunCount
        || sweep.map(recentSweeps.contains) == true
      if isRecent, let sweep { recentSweeps.insert(sweep) }
      if isRecent || isTagged || state == "running" || policy.keptRuns.contains(name) {
        runs.insert(id)
      }
      if state == "done", sweep.map({ countedSweeps.insert($0).inserted }) != false {
        counts[specification, default: 0] += 1
      }
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
  static func leasedHashes(_ db: Database) throws -> Set<String> {
    let leases = try String.fetchAll(db, sql: "SELECT leases FROM attempt WHERE state = 'running'")
    return Set(leases.flatMap { $0.split(separator: " ").map(String.init) })
  }

  // MARK: Removing

  /// What was made or used later is left alone, whatever nobody needs of it.
  var graceStart: Double {
    now().timeIntervalSince1970 - CollectionPolicy.graceSeconds
  }

  private func remove(
    _ entries: [StoredEntry], usedBefore latest: Double = .infinity,
    keeping kept: (Database) throws -> Set<String>
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
          of: batch.map(\.key).filter { key in
            guard !kept.contains(key), let state = try Store.state(db, of: key) else {
              return false
            }
            return state.lastUse < latest && leased.isDisjoint(with: state.outputs.keys)
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

  /// When a result was made or last used, and the sizes of its contents, as they are now; `nil`
  /// when it is gone.
  private static func state(
    _ db: Database, of key: String
  ) throws -> (lastUse: Double, outputs: [String: Int])? {
    let lastUse = try Double.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT max(a.created, coalesce((SELECT min(f.last_used) FROM output o
            JOIN artifact f ON f.hash = o.hash WHERE o.key = a.key), 0))
          FROM action a WHERE a.key = ?
          """), arguments: [key])
    guard let lastUse else { return nil }
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT o.hash, o.size FROM output o JOIN artifact f ON f.hash = o.hash WHERE o.key = ?
          """), arguments: [key])
    var outputs: [String: Int] = [:]
    for row in rows { outputs[try row.decode(atIndex: 0)] = try row.decode(Int.self, atIndex: 1) }
    return (lastUse, outputs)
  }

  /// Deletes results with the contents that no other result names.
  private static func deleteRows(
    _ db: Database, of keys: [String]
  ) throws -> (keys: [String], hashes: [String], byteCount: Int) {
    var sizes: [String: Int] = [:]
    let deleteAction = try db.cachedStatement(sql: "DELETE FROM action WHERE key = ?")
    for key in keys {
      sizes.merge(try state(db, of: key)?.outputs ?? [:], uniquingKeysWith: { $1 })
      try deleteAction.execute(arguments: [key])
    }
    let isNamed = try db.cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM output WHERE hash = ?)")
    for hash in sizes.keys where try Bool.fetchOne(isNamed, arguments: [hash]) == true {
      sizes[hash] = nil
    }
    try deleteContents(db, sizes.keys)
    return (keys, Array(sizes.keys), sizes.values.reduce(0, +))
  }

  static func deleteContents(_ db: Database, _ hashes: some Sequence<String>) throws {
    let deleteArtifact = try db.cachedStatement(sql: "DELETE FROM artifact WHERE hash = ?")
    let deleteBlob = try db.cachedStatement(sql: "DELETE FROM blob WHERE hash = ?")
    for hash in hashes {
      try deleteArtifact.execute(arguments: [hash])
      try deleteBlob.execute(arguments: [hash])
    }
  }

  /// Forgets runs that are not kept, unless a result that stays was computed in them.
  private func forgetRuns(_ policy: CollectionPolicy) throws(StoreError) {
    let latest = graceStart
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

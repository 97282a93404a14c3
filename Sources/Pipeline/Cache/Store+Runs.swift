import Foundation
import GRDB

/// Writing the history of runs.
extension Store {
  /// Records the start of a run.
  package func beginRun(
    experiment: String, file: String, profile: String, labels: RunLabels = RunLabels(),
    instanceCount: Int = 0
  ) throws(StoreError) -> StoredRun {
    let started = now()
    let wanted = Store.stamp(started) + "-" + (labels.name ?? Store.randomName())
    let tags = Value.map(labels.tags.mapValues(Value.string)).canonicalJSON
    let process = ProcessIdentity(getpid())?.text ?? ""
    let (id, name) = try write { db in
      let name = try Store.freeName(wanted, db)
      try db.execute(
        sql: """
          INSERT INTO run(name, experiment, file, profile, owner, state, started, process, total,
            tags, label) VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?)
          """,
        arguments: [
          name, experiment, file, profile, owner, started.timeIntervalSince1970, process,
          instanceCount, tags, labels.label,
        ])
      return (db.lastInsertedRowID, name)
    }
    return StoredRun(id: id, name: name, started: started)
  }

  /// Records how instances of a run stand, in place of what was known of them.
  package func record(_ rows: [InstanceRow], of run: Int64) throws(StoreError) {
    try write { try Store.insert(rows, of: run, into: $0) }
  }

  /// Records how a run (`done`, `failed` or `cancelled`) ended, with instances that were not
  /// recorded yet, in one transaction.
  package func endRun(
    _ run: Int64, state: RunSummary.State, elapsedSeconds: Double, instances: [InstanceRow]
  ) throws(StoreError) {
    let time = now().timeIntervalSince1970
    try write { db in
      try Store.insert(instances, of: run, into: db)
      try Store.noteUse(by: run, at: time, in: db)
      try db.execute(
        sql: "UPDATE run SET state = ?, elapsed = ? WHERE id = ?",
        arguments: [state.rawValue, elapsedSeconds, run])
    }
  }

  private static func insert(_ rows: [InstanceRow], of run: Int64, into db: Database) throws {
    let insert = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO instance(run, position, name, state, key, attempt, elapsed, cpu,
          memory, failure, started, attempts, fraction, message)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    for row in rows {
      try insert.execute(arguments: [
        run, row.position, row.name, row.state.name, row.key, row.attempt,
        row.cost.elapsedSeconds, row.cost.cpuSeconds, row.cost.peakMemoryBytes, row.failure,
        row.started?.timeIntervalSince1970, row.attemptCount, row.fraction, row.message,
      ])
    }
  }

  /// Says of the contents of a run's results that they were used, at most once a day for each
  /// experiment and profile: it is for the choice of what to delete first.
  private static func noteUse(by run: Int64, at time: Double, in db: Database) throws {
    let day = 86_400.0
    let name = try String.fetchOne(
      db, sql: "SELECT 'used ' || experiment || ' ' || profile FROM run WHERE id = ?",
      arguments: [run])
    let last = try Double.fetchOne(
      db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
    if let last, time - last < day { return }
    try db.execute(
      sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)", arguments: [name, Int(time)])
    try db.execute(
      sql: """
        UPDATE artifact SET last_used = ?1 WHERE last_used <= ?1 - ?2 AND hash IN (
          SELECT o.hash FROM instance i JOIN output o ON o.key = i.key WHERE i.run = ?3)
        """, arguments: [time, day, run])
  }

  /// For each instance name of an experiment, the key of its newest result among the last runs;
  /// those of the same profile come first. What a plan compares with.
  package func previousKeys(
    experiment: String, profile: String
  ) throws(StoreError) -> [String: String] {
    let rows = try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT i.name, i.key FROM (
            SELECT id, profile FROM run WHERE experiment = ?1 AND elapsed IS NOT NULL
            ORDER BY profile = ?2 DESC, id DESC LIMIT 10) r
          JOIN instance i ON i.run = r.id JOIN action a ON a.key = i.key
          ORDER BY r.profile = ?2 DESC, r.id DESC
          """, arguments: [experiment, profile])
    }
    return Dictionary(
      rows.map { ($0[0] as String, $0[1] as String) }, uniquingKeysWith: { newest, _ in newest })
  }

  // MARK: Names

  /// Eight hexadecimal digits.
  private static func randomName() -> String {
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The name itself, or with a number behind it when it is taken.
  private static func freeName(_ wanted: String, _ db: Database) throws -> String {
    var name = wanted
    var number = 1
    while try Bool.fetchOne(
      db, sql: "SELECT EXISTS(SELECT 1 FROM run WHERE name = ?)", arguments: [name]) == true
    {
      number += 1
      name = "\(wanted)-\(number)"
    }
    return name
  }

  /// `20260131-142805`, in universal time: runs sort by their names.
  private static func stamp(_ date: Date) -> String {
    var time = time_t(date.timeIntervalSince1970)
    var parts = tm()
    gmtime_r(&time, &parts)
    return String(
      format: "%04d%02d%02d-%02d%02d%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
      parts.tm_hour, parts.tm_min, parts.tm_sec)
  }
}

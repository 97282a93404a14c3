import Foundation
import GRDB

/// How an instance of a graph stands at the end of a run.
package enum InstanceState: String, Sendable, Codable {
  /// Its result was in the store.
  case cached
  /// Another process computed it while we waited, or an equal instance of this run did.
  case shared
  case done, failed
  /// Not started: its `if` does not hold, something before it failed, or a failure ended the run.
  case skipped
  /// Not started, or stopped, because the run was interrupted.
  case cancelled
}

/// A run that the history knows.
package struct StoredRun: Sendable {
  package let id: Int64
  package let name: String
  package let started: Date
}

/// How one instance ended, as the history keeps it.
package struct StoredInstance: Sendable {
  package let name: String
  package let state: InstanceState
  package let key: String?
  package let attempt: String?
  package let cost: Cost
  package let failure: String?

  package init(
    name: String, state: InstanceState, key: String?, attempt: String?, cost: Cost,
    failure: String?
  ) {
    self.name = name
    self.state = state
    self.key = key
    self.attempt = attempt
    self.cost = cost
    self.failure = failure
  }
}

extension Store {
  /// Records the start of a run; its name is the time with a random suffix.
  package func beginRun(
    experiment: String, file: String, profile: String
  ) throws(StoreError) -> StoredRun {
    let started = now()
    let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    let name = Store.stamp(started) + "-" + String(repeating: "0", count: 8 - suffix.count) + suffix
    let id = try write { db in
      try db.execute(
        sql: """
          INSERT INTO run(name, experiment, file, profile, owner, state, started)
          VALUES (?, ?, ?, ?, ?, 'running', ?)
          """,
        arguments: [name, experiment, file, profile, owner, started.timeIntervalSince1970])
      return db.lastInsertedRowID
    }
    return StoredRun(id: id, name: name, started: started)
  }

  /// Records how a run (`done`, `failed` or `cancelled`) and each of its instances ended, in one
  /// transaction.
  package func endRun(
    _ run: Int64, state: String, elapsedSeconds: Double, instances: [StoredInstance]
  ) throws(StoreError) {
    try write { db in
      let insert = try db.cachedStatement(
        sql: "INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      for (position, instance) in instances.enumerated() {
        try insert.execute(arguments: [
          run, position, instance.name, instance.state.rawValue, instance.key, instance.attempt,
          instance.cost.elapsedSeconds, instance.cost.cpuSeconds, instance.cost.peakMemoryBytes,
          instance.failure,
        ])
      }
      try db.execute(
        sql: "UPDATE run SET state = ?, elapsed = ? WHERE id = ?",
        arguments: [state, elapsedSeconds, run])
    }
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

  /// `20260131-142805`, in universal time.
  private static func stamp(_ date: Date) -> String {
    var time = time_t(date.timeIntervalSince1970)
    var parts = tm()
    gmtime_r(&time, &parts)
    return String(
      format: "%04d%02d%02d-%02d%02d%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
      parts.tm_hour, parts.tm_min, parts.tm_sec)
  }
}

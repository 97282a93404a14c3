import Foundation
import GRDB

/// The database schema and its history.
///
/// History: 1 the first; 2 runs that can be watched (process, size, tags; start and progress of
/// instances), and a generation that rises when anything stored goes; 3 check values over results
/// and remembered hashes, the instance's name beside its result, leases on inputs.
enum Schema {
  /// "PIPE", the mark of this program's databases.
  static let applicationID = 0x5049_5045
  /// The step at index `n` leads from schema `n` to `n + 1`. Steps are only ever appended.
  private static let steps = [first, second, third]

  static var version: Int { steps.count }

  /// Brings a database up to date, in one exclusive transaction so that two starting processes
  /// cannot both do it.
  ///
  /// - Throws: ``StoreError/newerSchema(path:found:supported:)`` or ``StoreError/damaged(path:detail:)``
  ///   for a database of a later version or of another program; nothing is changed then.
  static func migrate(_ db: Database, path: String) throws {
    let found = try check(db, path: path)
    if found == version { return }
    if found > 0 { try keepCopy(db, path: path, version: found) }
    try db.inTransaction(.exclusive) {
      for step in try check(db, path: path)..<version { try db.execute(sql: steps[step]) }
      try db.execute(
        sql: "PRAGMA user_version = \(version); PRAGMA application_id = \(applicationID)")
      return .commit
    }
  }

  /// A copy of the database as the earlier version of this program knows it, beside it.
  private static func keepCopy(_ db: Database, path: String, version: Int) throws {
    let copy = "\(path).schema\(version)"
    if Files.size(copy) != nil { return }
    // Under a name of its own first: another process may be at the same.
    let scratch = "\(copy).\(UUID().uuidString)"
    try db.execute(sql: "VACUUM INTO ?", arguments: [scratch])
    try Files.rename(scratch, to: copy)
  }

  /// The version of a database that this program may use; 0 for an empty one.
  static func check(_ db: Database, path: String) throws -> Int {
    // One statement, so one state of the file: another process may be making the schema just now.
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT (SELECT user_version FROM pragma_user_version),
          (SELECT application_id FROM pragma_application_id),
          (SELECT count(*) FROM sqlite_schema)
        """)
    let found: Int = row?[0] ?? 0
    let mark: Int = row?[1] ?? 0
    let isEmpty = (row?[2] ?? 0) == 0
    guard mark == applicationID || (isEmpty && mark == 0) else {
      throw StoreError.damaged(path: path, detail: "it belongs to another program")
    }
    guard found <= version else {
      throw StoreError.newerSchema(path: path, found: found, supported: version)
    }
    return found
  }

  private static let first = """
    -- One call of the runner. Times are seconds since 1970.
    CREATE TABLE run(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, experiment TEXT NOT NULL,
      file TEXT NOT NULL, profile TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
      started REAL NOT NULL, elapsed REAL) STRICT;
    CREATE INDEX run_experiment ON run(experiment, id);

    -- How each instance of a run's graph ended; written when the run ends.
    CREATE TABLE instance(
      run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, position INTEGER NOT NULL,
      name TEXT NOT NULL, state TEXT NOT NULL, key TEXT, attempt TEXT, elapsed REAL, cpu REAL,
      memory INTEGER, failure TEXT, PRIMARY KEY(run, position)) STRICT, WITHOUT ROWID;

    -- One execution of a stage. `owner` names the lock file of the process that runs it.
    CREATE TABLE attempt(
      id TEXT PRIMARY KEY, key TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
      instance TEXT NOT NULL, number INTEGER NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
      started REAL NOT NULL, ended REAL, failure TEXT) STRICT, WITHOUT ROWID;
    CREATE INDEX attempt_running ON attempt(owner) WHERE state = 'running';
    CREATE INDEX attempt_run ON attempt(run);

    -- A finished computation; the row is the commit point.
    CREATE TABLE action(
      key TEXT PRIMARY KEY, attempt TEXT NOT NULL, elapsed REAL NOT NULL, cpu REAL NOT NULL,
      memory INTEGER NOT NULL, created REAL NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE action_part(
      key TEXT NOT NULL REFERENCES action ON DELETE CASCADE, name TEXT NOT NULL,
      value TEXT NOT NULL, PRIMARY KEY(key, name)) STRICT, WITHOUT ROWID;
    CREATE TABLE output(
      key TEXT NOT NULL REFERENCES action ON DELETE CASCADE, slot TEXT NOT NULL,
      hash TEXT NOT NULL, size INTEGER NOT NULL, type TEXT NOT NULL,
      PRIMARY KEY(key, slot)) STRICT, WITHOUT ROWID;
    CREATE INDEX output_hash ON output(hash);

    -- Contents: small ones here, the others in files that carry their hash as name.
    CREATE TABLE blob(hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE artifact(
      hash TEXT PRIMARY KEY, size INTEGER NOT NULL, last_used REAL NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Hashes of files outside the store, valid while the file looks the same. Times in ns.
    CREATE TABLE filestat(
      path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
      changed INTEGER NOT NULL, inode INTEGER NOT NULL, hash TEXT NOT NULL,
      hashed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    """
  private static let second = """
    -- `process` identifies the runner (pid, start, boot), `total` is the number of instances.
    ALTER TABLE run ADD COLUMN process TEXT NOT NULL DEFAULT '';
    ALTER TABLE run ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE run ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE run ADD COLUMN label TEXT NOT NULL DEFAULT '';

    -- Rows appear while the run goes on: an instance without one has not started. `state` may be
    -- 'running' then.
    ALTER TABLE instance ADD COLUMN started REAL;
    ALTER TABLE instance ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE instance ADD COLUMN fraction REAL;
    ALTER TABLE instance ADD COLUMN message TEXT;

    CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('generation', 0);

    -- What a complete run was made from and what it gave, to recognise an unchanged one.
    CREATE TABLE snapshot(
      request TEXT PRIMARY KEY, generation INTEGER NOT NULL, document TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Whoever removes or changes what is stored, and however: all snapshots end with it.
    CREATE TRIGGER action_gone AFTER DELETE ON action BEGIN
      UPDATE meta SET value = value + 1 WHERE name = 'generation'; END;
    CREATE TRIGGER output_gone AFTER DELETE ON output BEGIN
      UPDATE meta SET value = value + 1 WHERE name = 'generation'; END;
    CREATE TRIGGER blob_gone AFTER DELETE ON blob BEGIN
      UPDATE meta SET value = value + 1 WHERE name = 'generation'; END;
    CREATE TRIGGER action_changed AFTER UPDATE ON action BEGIN
      UPDATE meta SET value = value + 1 WHERE name = 'generation'; END;
    CREATE TRIGGER output_changed AFTER UPDATE ON output BEGIN
      UPDATE meta SET value = value + 1 WHERE name = 'generation'; END;
    CREATE TRIGGER blob_changed AFTER UPDATE ON blob BEGIN
      UPDATE meta SET value = value + 1 WHERE name = 'generation'; END;
    """

  private static let third = """
    -- Check values, which are NULL in rows of an older program; see ``Seal``.
    ALTER TABLE action ADD COLUMN instance TEXT NOT NULL DEFAULT '';
    ALTER TABLE action ADD COLUMN seal INTEGER;
    ALTER TABLE filestat ADD COLUMN seal INTEGER;
    -- Hashes of the inputs of a running attempt, which must stay until it has ended.
    ALTER TABLE attempt ADD COLUMN leases TEXT NOT NULL DEFAULT '';
    """
}

import GRDB

/// The database schema and its history.
///
/// History: 1 the first.
enum Schema {
  /// "PIPE", the mark of this program's databases.
  static let applicationID = 0x5049_5045
  /// The step at index `n` leads from schema `n` to `n + 1`. Steps are only ever appended.
  private static let steps = [first]

  static var version: Int { steps.count }

  /// Brings a database up to date, in one exclusive transaction so that two starting processes
  /// cannot both do it.
  ///
  /// - Throws: ``StoreError/newerSchema(path:found:supported:)`` or ``StoreError/damaged(path:detail:)``
  ///   for a database of a later version or of another program; nothing is changed then.
  static func migrate(_ db: Database, path: String) throws {
    if try check(db, path: path) == version { return }
    try db.inTransaction(.exclusive) {
      for step in try check(db, path: path)..<version { try db.execute(sql: steps[step]) }
      try db.execute(
        sql: "PRAGMA user_version = \(version); PRAGMA application_id = \(applicationID)")
      return .commit
    }
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
}

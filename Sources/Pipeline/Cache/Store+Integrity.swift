import GRDB

extension Store {
  /// What SQLite finds wrong with the database; empty when it is sound.
  package func integrityProblems() throws(StoreError) -> [String] {
    try read { db in
      try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
    }
  }
}

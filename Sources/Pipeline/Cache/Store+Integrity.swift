import GRDB

extension Store {
  /// What SQLite finds wrong with the database; empty when it is sound.
  package func integrityProblems() throws(StoreError) -> [String] {
    try read { db in
      var problems: [String] = []
      do {
        let lines = try String.fetchCursor(db, sql: "PRAGMA integrity_check")
        while let line = try lines.next() { if line != "ok" { problems.append(line) } }
        for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
          problems.append("a row of '\(String.fromDatabaseValue(row[0]) ?? "")' belongs to nothing")
        }
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
        // A page so bad that the check itself cannot go on.
        problems.append(error.message ?? "\(error.resultCode)")
      }
      return problems
    }
  }
}

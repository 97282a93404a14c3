import Foundation
import GRDB
import Pipeline
import Testing

struct SchemaTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func generation() throws -> Int {
    try #require(
      Int(try folder.texts("SELECT value FROM meta WHERE name = 'generation'").joined()))
  }

  /// A store of the first version is brought up to date by whoever opens it, with a copy kept.
  @Test(arguments: [true, false]) func anOlderStoreIsBroughtUpToDate(reading: Bool) throws {
    do { _ = try Store(folder.workspace) }
    let path = folder.workspace.database
    try database(path).write { db in
      try db.execute(
        sql: """
          DROP TABLE snapshot; DROP TABLE meta;
          DROP TRIGGER action_gone; DROP TRIGGER output_gone; DROP TRIGGER blob_gone;
          DROP TRIGGER action_changed; DROP TRIGGER output_changed; DROP TRIGGER blob_changed;
          """)
      for column in ["process", "total", "tags", "label"] {
        try db.execute(sql: "ALTER TABLE run DROP COLUMN \(column)")
      }
      for column in ["started", "attempts", "fraction", "message"] {
        try db.execute(sql: "ALTER TABLE instance DROP COLUMN \(column)")
      }
      for (table, column) in [
        ("action", "instance"), ("action", "seal"), ("filestat", "seal"), ("attempt", "leases"),
      ] { try db.execute(sql: "ALTER TABLE \(table) DROP COLUMN \(column)") }
      try db.execute(
        sql: """
          INSERT INTO run VALUES (1, 'old', 'e', 'f', 'p', 'o', 'done', 1.5, 2.5);
          PRAGMA user_version = 1
          """)
    }
    let store = try reading ? Store(readOnly: folder.workspace) : Store(folder.workspace)
    let run = try store.run(named: "old")
    #expect(run.state == .done && run.total == 0 && run.labels.tags.isEmpty)
    let copy = try database(path + ".schema1")
    #expect(try copy.read { try String.fetchAll($0, sql: "SELECT name FROM run") } == ["old"])
  }

  /// Whatever removes or changes something stored, the generation tells.
  @Test(arguments: [
    "DELETE FROM action", "DELETE FROM output", "DELETE FROM blob",
    "UPDATE action SET attempt = 'x'", "UPDATE output SET hash = 'x'",
    "UPDATE blob SET bytes = x'00'",
  ]) func theGenerationRises(statement: String) throws {
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": "x"])
    _ = try store.compute("l", ["out": "y"])
    let before = try generation()
    #expect(before == 0)
    try database(folder.workspace.database).write { try $0.execute(sql: statement) }
    #expect(try generation() > before)
  }
}

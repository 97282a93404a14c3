import Foundation
import GRDB

extension Store {
  /// A number that rises whenever a result or its content is removed or changed, by whomever; new
  /// results leave it. The database itself keeps it, by triggers.
  package func generation() throws(StoreError) -> Int {
    try read { try Store.generation($0) }
  }

  /// The snapshot under a request, unless something went from the store since it was taken.
  func snapshot(for request: String) throws(StoreError) -> Snapshot? {
    let text = try read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT document FROM snapshot
          WHERE request = ? AND generation = (SELECT value FROM meta WHERE name = 'generation')
          """, arguments: [request])
    }
    // One that another version of this program wrote is none.
    return text.flatMap { try? JSONDecoder().decode(Snapshot.self, from: Data($0.utf8)) }
  }

  /// Keeps a snapshot of a run that began at a generation; those that cannot serve any more go.
  func keep(
    _ snapshot: Snapshot, for request: String, generation: Int
  ) throws(StoreError) {
    guard let data = try? JSONEncoder().encode(snapshot) else { return }
    let document = String(decoding: data, as: UTF8.self)
    try write { db in
      try db.execute(
        sql: "DELETE FROM snapshot WHERE generation < ?", arguments: [Store.generation(db)])
      try db.execute(
        sql: "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)",
        arguments: [request, generation, document])
    }
  }

  private static func generation(_ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'generation'") ?? 0
  }
}

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
    let row = try read { db in
      try Row.fetchOne(
        db,
        sql: """
          SELECT generation, document FROM snapshot
          WHERE request = ? AND generation = (SELECT value FROM meta WHERE name = 'generation')
          """, arguments: [request])
    }
    guard let row, let generation = Int.fromDatabaseValue(row[0]),
      let text = String.fromDatabaseValue(row[1])
    else { return nil }
    // One of which a byte was altered, or that another version of this program wrote, is none.
    let document = Data(text.utf8.dropFirst(64))
    guard text.utf8.prefix(64).elementsEqual(Store.mark(request, generation, document).utf8) else {
      return nil
    }
    return try? JSONDecoder().decode(Snapshot.self, from: document)
  }

  /// A check value of 64 characters, which stands before the document.
  private static func mark(_ request: String, _ generation: Int, _ document: Data) -> String {
    var hash = SHA256()
    hash.update("\(request) \(generation) ")
    document.withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  /// Keeps a snapshot of a run that began at a generation; those that cannot serve any more go.
  func keep(
    _ snapshot: Snapshot, for request: String, generation: Int
  ) throws(StoreError) {
    guard let data = try? JSONEncoder().encode(snapshot) else { return }
    let mark = Store.mark(request, generation, data)
    let document = mark + String(decoding: data, as: UTF8.self)
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

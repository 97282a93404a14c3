import Foundation
import GRDB

/// What is stored, result by result.
extension Store {
  /// All stored results, the least recently used first.
  package func entries() throws(StoreError) -> [StoredEntry] {
    try read { db in try StoredEntry.all(db) }
  }
}

extension StoredEntry {
  static func all(_ db: Database) throws -> [StoredEntry] {
    let uses = try uses(db)
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT a.key, a.elapsed, a.cpu, a.memory, a.created, a.instance,
          (SELECT value FROM action_part p WHERE p.key = a.key AND p.name = 'type'),
          o.slot, o.hash, o.size, o.type, f.last_used
        FROM action a LEFT JOIN output o ON o.key = a.key LEFT JOIN artifact f ON f.hash = o.hash
        ORDER BY a.key, o.slot
        """)
    var entries: [StoredEntry] = []
    var start = rows.startIndex
    while start < rows.endIndex {
      let key: String = try rows[start].decode(atIndex: 0)
      var end = start + 1
      while end < rows.endIndex, try rows[end].decode(String.self, atIndex: 0) == key { end += 1 }
      entries.append(try StoredEntry(rows[start..<end], uses: uses[key] ?? []))
      start = end
    }
    return entries.sorted { ($0.lastUsed, $0.key) < ($1.lastUsed, $1.key) }
  }

  /// From the adjoining rows of one key, in the order of columns of ``all(_:)``.
  private init(_ rows: ArraySlice<Row>, uses: [Use]) throws {
    let first = rows[rows.startIndex]
    let created: Double = try first.decode(atIndex: 4)
    let kind = try first.decode(String?.self, atIndex: 6)
    self.init(
      key: try first.decode(atIndex: 0),
      kind: kind.map { $0.trimmingCharacters(in: ["\""]) } ?? "unknown",
      instance: try first.decode(atIndex: 5), uses: uses,
      outputs: try rows.compactMap { row in
        guard let slot = try row.decode(String?.self, atIndex: 7),
          try row.decode(Double?.self, atIndex: 11) != nil,
          let type = ArtifactType(rawValue: try row.decode(atIndex: 10))
        else { return nil }
        return StoredOutput(
          slot: slot, hash: try row.decode(atIndex: 8), byteCount: try row.decode(atIndex: 9),
          type: type)
      },
      created: Date(timeIntervalSince1970: created),
      // A content that another result shares may have been used with that one alone.
      lastUsed: Date(
        timeIntervalSince1970:
          try rows.compactMap { try $0.decode(Double?.self, atIndex: 11) }.min() ?? created),
      cost: Cost(
        elapsedSeconds: try first.decode(atIndex: 1), cpuSeconds: try first.decode(atIndex: 2),
        peakMemoryBytes: try first.decode(atIndex: 3)))
  }

  private static func uses(_ db: Database) throws -> [String: [Use]] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT DISTINCT i.key, r.experiment, i.name FROM instance i JOIN run r ON r.id = i.run
        WHERE i.key IS NOT NULL ORDER BY r.experiment, i.name
        """)
    var uses: [String: [Use]] = [:]
    for row in rows {
      uses[try row.decode(atIndex: 0), default: []].append(
        Use(experiment: try row.decode(atIndex: 1), instance: try row.decode(atIndex: 2)))
    }
    return uses
  }
}

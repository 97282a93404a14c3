import Foundation
import GRDB

/// Finished computations by key.
extension Store {
  /// The finished computation of a key, if its artifacts are there too.
  ///
  /// One whose artifact is gone or cut short is forgotten, so that it is computed again.
  package func action(_ key: String) throws(StoreError) -> StoredAction? {
    guard let action = try sealedAction(key) else { return nil }
    return try intact(action)
  }

  /// The same without a look at the artifacts; one whose row was altered is no result.
  func sealedAction(_ key: String) throws(StoreError) -> StoredAction? {
    try read { db in
      try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT a.key, a.elapsed, a.cpu, a.memory, o.slot, o.hash, o.size, o.type, a.seal
            FROM action a LEFT JOIN output o ON o.key = a.key WHERE a.key = ? ORDER BY o.slot
            """),
        arguments: [key]
      ).actions().first
    }
  }

  /// The action itself if its artifacts are there or were let go; otherwise forgets it.
  package func intact(_ action: StoredAction) throws(StoreError) -> StoredAction? {
    for output in action.outputs where !isPresent(output) {
      if try isDropped(output) { continue }
      if try quarantine(output.hash, byteCount: output.byteCount) { return nil }
      return try intact(action)
    }
    return action
  }

  /// All actions that the newest run of an experiment under a profile ended with, by key and in
  /// one query; whether their artifacts are there is not looked at (see ``intact(_:)``).
  package func actions(
    ofLastRunOf experiment: String, profile: String
  ) throws(StoreError) -> [String: StoredAction] {
    let actions = try read { db in
      try Row.fetchCursor(
        db,
        sql: """
          SELECT a.key, a.elapsed, a.cpu, a.memory, o.slot, o.hash, o.size, o.type, a.seal
          FROM (SELECT DISTINCT key FROM instance WHERE run = (
                  SELECT max(r.id) FROM run r WHERE r.experiment = ? AND r.profile = ?
                  AND r.elapsed IS NOT NULL)) i
          JOIN action a ON a.key = i.key LEFT JOIN output o ON o.key = a.key
          """, arguments: [experiment, profile]
      ).actions()
    }
    return Dictionary(actions.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The parts that a key was made of; `nil` for a key that never finished.
  package func parts(of key: String) throws(StoreError) -> KeyParts? {
    let rows = try read { db in
      try Row.fetchAll(
        db.cachedStatement(sql: "SELECT name, value FROM action_part WHERE key = ?"),
        arguments: [key])
    }
    if rows.isEmpty { return nil }
    do {
      return KeyParts(
        stored: try rows.map {
          KeyParts.Part(name: try $0.decode(atIndex: 0), value: try $0.decode(atIndex: 1))
        })
    } catch { throw StoreError(error, path: workspace.database) }
  }
}

extension RowCursor {
  /// Groups rows of (key, elapsed, cpu, memory, slot, hash, size, type, seal); rows of a key adjoin.
  /// Reads each row where SQLite holds it, for there may be many. What does not fit its check value,
  /// because a byte of the database was altered, is left out.
  fileprivate func actions() throws -> [StoredAction] {
    var actions: [StoredAction] = []
    var key = ""
    var cost = Cost()
    var seal: Int64?
    var outputs: [StoredOutput] = []
    func finish() {
      let action = StoredAction(key: key, outputs: outputs, cost: cost)
      if !key.isEmpty, seal == nil || seal == action.seal { actions.append(action) }
      outputs.removeAll(keepingCapacity: true)
    }
    while let row = try next() {
      let next: String = try row.decode(atIndex: 0)
      if next != key {
        finish()
        key = next
        cost = Cost(
          elapsedSeconds: try row.decode(atIndex: 1), cpuSeconds: try row.decode(atIndex: 2),
          peakMemoryBytes: try row.decode(atIndex: 3))
        seal = try row.decode(Int64?.self, atIndex: 8)
      }
      // One that is left out here leaves its action with another check value.
      guard let slot = try row.decode(String?.self, atIndex: 4),
        let type = ArtifactType(rawValue: try row.decode(atIndex: 7))
      else { continue }
      outputs.append(
        StoredOutput(
          slot: slot, hash: try row.decode(atIndex: 5), byteCount: try row.decode(atIndex: 6),
          type: type))
    }
    finish()
    return actions
  }
}

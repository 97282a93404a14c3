import GRDB

/// Keys that are like a given one.
extension Store {
  /// How many of the newest results of a stage type are looked at.
  private static let nearestLimit = 500

  /// The finished key of the same stage type whose parts differ in the fewest places, the newest of
  /// several; `nil` when there is no other.
  package func nearest(
    to parts: KeyParts
  ) throws(StoreError) -> (key: String, parts: KeyParts)? {
    guard let type = parts["type"] else { return nil }
    let own = parts.key
    let rows = try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT p.key, p.name, p.value FROM action_part p JOIN (
            SELECT a.key, a.created FROM action a JOIN action_part t ON t.key = a.key
            WHERE t.name = 'type' AND t.value = ? AND a.key <> ?
            ORDER BY a.created DESC LIMIT ?) n ON n.key = p.key
          ORDER BY n.created DESC, p.key
          """, arguments: [type, own, Self.nearestLimit])
    }
    var order: [String] = []
    var found: [String: [KeyParts.Part]] = [:]
    for row in rows {
      let key: String = row[0]
      if found[key] == nil { order.append(key) }
      found[key, default: []].append(KeyParts.Part(name: row[1], value: row[2]))
    }
    let mine = Set(parts.parts)
    let nearest = order.map { (key: $0, parts: KeyParts(stored: found[$0] ?? [])) }
      .min {
        mine.symmetricDifference($0.parts.parts).count
          < mine.symmetricDifference($1.parts.parts).count
      }
    return nearest
  }

  /// The finished keys that begin with these digits, at most two.
  package func keys(beginning digits: String) throws(StoreError) -> [String] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT key FROM action WHERE substr(key, 1, ?) = ? LIMIT 2",
        arguments: [digits.count, digits])
    }
  }
}

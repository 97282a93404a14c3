/// Reads a map with a fixed set of keys and reports every other key. A key that is misspelt is read
/// as the one it most likely means, so that nothing follows from it but its own report.
struct MapReader {
  let node: YAMLNode
  private let entries: [String: YAMLNode]

  /// `subject` is what the map describes, for messages ("stage 'model'"); `keys` are those it may
  /// have, beside names that start with `x-`, which are always ignored. `nil` when the node is not
  /// a map; a null counts as an empty map.
  init?(
    _ node: YAMLNode, _ subject: String, keys: [String], _ errors: DiagnosticCollector
  ) {
    guard let entries = node.isNull ? [] : node.entries else {
      errors.error(
        at: node.location, "\(subject) is \(node.value.typeName), not a map",
        why: "it has the keys: " + keys.joined(separator: ", "))
      return nil
    }
    self.node = node
    var known: [String: YAMLNode] = [:]
    var misspelt: [String: YAMLNode] = [:]
    for entry in entries where !entry.key.hasPrefix("x-") {
      if keys.contains(entry.key) {
        known[entry.key] = entry.value
      } else {
        let nearest = nearestName(to: entry.key, in: keys)
        if let nearest { misspelt[nearest] = entry.value }
        errors.error(
          at: entry.keyLocation, "unknown key '\(entry.key)' in \(subject)",
          why: "allowed: " + keys.joined(separator: ", "),
          fix: nearest.map { "did you mean '\($0)'?" } ?? "remove it, or start its name with 'x-'")
      }
    }
    self.entries = known.merging(misspelt) { given, _ in given }
  }

  /// The value of a key; a key with nothing behind it counts as absent.
  subscript(key: String) -> YAMLNode? {
    entries[key].flatMap { $0.isNull ? nil : $0 }
  }
}

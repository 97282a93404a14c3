import Foundation

/// A stored result as `cache ls` shows it.
package struct StoredEntry: Sendable, Hashable {
  package let key: String
  /// The stage type that made it.
  package let kind: String
  /// The instance that was computed; empty when the history no longer knows.
  package let instance: String
  /// Every instance that used it, with its experiment, as far as the history knows.
  package let uses: [Use]
  /// Those whose contents are kept.
  package let outputs: [StoredOutput]
  package let created: Date
  package let lastUsed: Date
  package let cost: Cost

  package struct Use: Sendable, Hashable {
    package let experiment: String
    package let instance: String
  }

  package var byteCount: Int { outputs.reduce(0) { $0 + $1.byteCount } }

  /// The instance's name with its experiment, or the beginning of the key.
  package var name: String {
    if let use = uses.first(where: { $0.instance == instance }) ?? uses.first {
      return "\(use.experiment)/\(use.instance)"
    }
    return instance.isEmpty ? String(key.prefix(12)) : instance
  }

  /// As stored facts for programs.
  package var jsonValue: Value {
    .map([
      "key": .string(key), "type": .string(kind), "instance": .string(instance),
      "uses": .list(uses.map { .string("\($0.experiment)/\($0.instance)") }),
      "bytes": .int(byteCount), "created": .string(created.ISO8601Format()),
      "last_used": .string(lastUsed.ISO8601Format()),
      "elapsed_seconds": .double(cost.elapsedSeconds), "cpu_seconds": .double(cost.cpuSeconds),
      "outputs": .map(
        Dictionary(
          outputs.map { output in
            let facts: [String: Value] = [
              "hash": .string(output.hash), "bytes": .int(output.byteCount),
              "type": .string(output.type.rawValue),
            ]
            return (output.slot, Value.map(facts))
          }, uniquingKeysWith: { $1 })),
    ])
  }
}

import Foundation

/// What a collection would remove, or did.
package struct GarbageCollection: Sendable {
  /// The least recently used first.
  package var entries: [StoredEntry] = []
  /// What the removal of ``entries`` frees: contents that nothing else names.
  package var freedBytes = 0
  /// Contents of all results before, and of those that may not be removed.
  package var storedBytes = 0
  package var keptBytes = 0
  /// Files that no result needs: orphans, old logs, old quarantine.
  package var leftovers: [Leftover] = []
  /// What did not work and does no harm.
  package var note: String?

  package struct Leftover: Sendable, Hashable {
    package let path: String
    package let byteCount: Int
    let kind: Kind

    enum Kind { case artifact, manifest, request, log, quarantined }
  }

  package var leftoverBytes: Int { leftovers.reduce(0) { $0 + $1.byteCount } }

  /// Chooses among all entries, the least recently used first.
  init(
    of all: [StoredEntry], keeping kept: Set<String>, policy: CollectionPolicy, now: Date
  ) {
    // How many results name each content.
    var names: [String: Int] = [:]
    var sizes: [String: Int] = [:]
    for output in all.flatMap(\.outputs) {
      names[output.hash, default: 0] += 1
      sizes[output.hash] = output.byteCount
    }
    storedBytes = sizes.values.reduce(0, +)
    var rest = storedBytes
    for entry in all where !kept.contains(entry.key) {
      let age = now.timeIntervalSince(max(entry.lastUsed, entry.created))
      if age < CollectionPolicy.graceSeconds { continue }
      let isOld = policy.maxAge.map { age > $0 }
      let isTooMuch = policy.maxBytes.map { rest > $0 }
      let isUnlimited = policy.maxAge == nil && policy.maxBytes == nil
      guard isUnlimited || isOld == true || isTooMuch == true else { continue }
      entries.append(entry)
      for output in entry.outputs {
        names[output.hash, default: 0] -= 1
        if names[output.hash] == 0 { rest -= output.byteCount }
      }
    }
    freedBytes = storedBytes - rest
    var keptSizes: [String: Int] = [:]
    for entry in all where kept.contains(entry.key) {
      for output in entry.outputs { keptSizes[output.hash] = output.byteCount }
    }
    keptBytes = keptSizes.values.reduce(0, +)
  }
}

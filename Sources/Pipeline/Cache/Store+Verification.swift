import Foundation
import GRDB

/// Reading everything through.
extension Store {
  /// Compares every stored content with its hash and every result's row with its check value.
  ///
  /// What does not match goes to quarantine, and the results that name it are forgotten, so that
  /// the next run makes them again; a store that is only read just reports it.
  ///
  /// - Throws: ``StoreError`` when the database cannot be read.
  package func verify() throws(StoreError) -> StoreVerification {
    var report = StoreVerification()
    let entries = try alteredEntries(&report)
    let results = Dictionary(grouping: entries) { $0.hash }
    var sizes: [String: Int] = [:]
    for entry in entries { sizes[entry.hash] = entry.byteCount }
    for (hash, size) in sizes.sorted(by: { $0.key < $1.key }) {
      verified.withLock { _ = $0.remove(hash) }
      do throws(StoreError) { _ = try data(of: hash) } catch .damagedArtifact(_, let detail) {
        report.damages.append(
          StoreVerification.Damage(
            subject: hash, detail: detail, results: (results[hash] ?? []).map(\.name).sorted()))
      }
      report.artifactCount += 1
      report.byteCount += size
    }
    return report
  }

  private struct NamedOutput {
    let name: String
    let hash: String
    let byteCount: Int
  }

  /// The outputs of all results; a result whose row was altered is reported and dropped instead.
  private func alteredEntries(_ report: inout StoreVerification) throws(StoreError) -> [NamedOutput]
  {
    let entries = try self.entries()
    var found: [NamedOutput] = []
    for entry in entries {
      let action = try sealedAction(entry.key)
      if let action {
        found += action.outputs.filter(entry.outputs.contains).map {
          NamedOutput(name: entry.name, hash: $0.hash, byteCount: $0.byteCount)
        }
      } else {
        report.damages.append(
          StoreVerification.Damage(
            subject: entry.key, detail: "its row in the database was altered",
            results: [entry.name]))
      }
    }
    return found
  }
}

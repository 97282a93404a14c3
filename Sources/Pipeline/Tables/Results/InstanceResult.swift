import Foundation

/// What one stage instance left behind, as far as tables and figures need it.
package struct InstanceResult: Sendable {
  package enum Status: String, Sendable {
    /// Computed in this run.
    case ran
    /// Taken from the store.
    case cached
    /// It failed, or an instance before it did: its cells are missing.
    case failed
    /// Its `if` does not hold: it has no cells, and none are missed.
    case disabled
    /// The run's selection left it out: its cells are missing, and no claim is judged on them.
    case omitted
  }

  package let stage: String
  package let labels: [AxisLabel]
  package let status: Status
  /// Table outputs by slot.
  package var tables: [String: Table] = [:]
  /// Bytes of the figure outputs by slot, PNG or SVG.
  package var figures: [String: Data] = [:]

  package init(stage: String, labels: [AxisLabel], status: Status) {
    self.stage = stage
    self.labels = labels
    self.status = status
  }

  /// `model[train=mix,seed=2]`
  package var id: String { AxisLabel.instanceName(stage, labels) }
}

/// A data set by the name it is shown under and the hash of its content.
package struct DatasetReference: Sendable, Hashable {
  /// "cifar10", or "cifar10 (copy 1a2b3c4d)" for other bytes than the official ones.
  package let name: String
  /// SHA-256, empty when it is not known.
  package let hash: String

  package init(name: String, hash: String) {
    self.name = name
    self.hash = hash
  }

  /// All data sets of a run as one: what does not name its own may be made of any of them.
  package static func all(_ datasets: [DatasetReference]) -> DatasetReference {
    let names = datasets.map(\.name).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    if names.count == 1, let first = datasets.first { return first }
    return DatasetReference(name: names.joined(separator: ", "), hash: "")
  }

  /// The data set whose published numbers may be put beside ours: the name without its remark.
  package var comparableName: String {
    guard let remark = name.firstRange(of: " (") else { return name }
    return String(name[..<remark.lowerBound])
  }
}

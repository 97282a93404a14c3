/// How often a classifier says the target class.
package struct AttackMetrics: Sendable, Hashable {
  /// Images whose true class is not the target.
  package let count: Int
  package let inclusiveCount: Int
  /// ASR: share of those `count` images that are predicted as the target; `nil` without any.
  package let successRate: Double?
  /// ASR_incl: the same over all images, target class included, as the paper counts.
  package let inclusiveRate: Double?

  /// - Precondition: one prediction per label.
  package init(labels: [UInt8], predictions: [Int32], target: Int) {
    precondition(
      labels.count == predictions.count,
      "attack metrics: \(labels.count) labels, \(predictions.count) predictions")
    var (others, hits, allHits) = (0, 0, 0)
    for (label, prediction) in zip(labels, predictions) {
      let isHit = Int(prediction) == target
      if isHit { allHits += 1 }
      if Int(label) != target {
        others += 1
        if isHit { hits += 1 }
      }
    }
    count = others
    inclusiveCount = labels.count
    successRate = others == 0 ? nil : Double(hits) / Double(others)
    inclusiveRate = labels.isEmpty ? nil : Double(allHits) / Double(labels.count)
  }

  /// Share of predictions that equal the label.
  package static func accuracy(labels: [UInt8], predictions: [Int32]) -> Double {
    let correct = zip(labels, predictions).count { Int32($0) == $1 }
    return Double(correct) / Double(max(1, labels.count))
  }
}

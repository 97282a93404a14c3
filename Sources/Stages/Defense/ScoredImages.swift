/// Images with a detector's verdict on each: the clean ones, or those stamped at one intensity.
package struct ScoredImages: Sendable {
  package let labels: [UInt8]
  package let predictions: [Int32]
  /// Larger is more suspicious.
  package let scores: [Double]

  package init(labels: [UInt8], predictions: [Int32], scores: [Double]) {
    precondition(
      labels.count == predictions.count && labels.count == scores.count,
      "scored images: \(labels.count) labels, \(predictions.count) predictions, "
        + "\(scores.count) scores")
    self.labels = labels
    self.predictions = predictions
    self.scores = scores
  }
}

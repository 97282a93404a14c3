import Compute

/// A classifier asked about images and their amplified copies: 1 + |S| passes an image.
struct ConsistencyProbe {
  let classifier: ImageClassifier
  let scales: [Int]
  let lanes: Lanes

  struct Outcome {
    let predictions: [Int32]
    /// For each scale, one prediction per image.
    let scaled: [[Int32]]
    let consistency: [Double]

    /// SPC itself, or measured against reference statistics.
    func scored(labels: [UInt8], reference: ScaleUp.Reference?) -> ScoredImages {
      let scores = reference.map { reference in
        zip(consistency, predictions).map { reference.score($0, predicted: $1) }
      }
      return ScoredImages(
        labels: labels, predictions: predictions, scores: scores ?? consistency)
    }
  }

  func outcome(of images: ByteTensor) -> Outcome {
    let predictions = classifier.predictions(images, lanes: lanes)
    let scaled = scales.map {
      classifier.predictions(ScaleUp.amplified(images, by: $0), lanes: lanes)
    }
    return Outcome(
      predictions: predictions, scaled: scaled,
      consistency: ScaleUp.consistency(of: predictions, scaled: scaled))
  }
}

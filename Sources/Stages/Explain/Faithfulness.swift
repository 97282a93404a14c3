import Compute

/// What becomes of the match of an image and a phrase when the pixels that a map names are taken
/// away, or given back to a black image.
struct Faithfulness {
  /// What is measured of a target: an area under a curve, or a difference of areas.
  enum Measure: String, CaseIterable {
    case deletion, insertion
    case insertionInner = "insertion_inner"
    case insertionLessDeletion = "insertion_less_deletion"
    case deletionCosine = "deletion_cos"
    case insertionCosine = "insertion_cos"
    case deletionTop5 = "deletion_top5"
    case insertionTop5 = "insertion_top5"
    case deletionTop10 = "deletion_top10"
    case insertionTop10 = "insertion_top10"
    case selectivity
  }

  /// Which phrase is followed: the target's, or the one predicted.
  enum Followed: String, CaseIterable { case truth, pred }

  /// What the curves of one target gave.
  struct Outcome {
    var areas: [Measure: Double] = [:]
    var curves: [PixelDeletion.Direction: (hits: [Double], cosines: [Double])] = [:]
  }

  let trained: TrainedCLIP
  let set: CaptionedImages
  /// The phrases of the set in the joint space.
  let classes: Tensor
  let deletion: PixelDeletion
  /// Nearest phrases that count in selective deletion.
  let topk: Int
  let followed: Followed
  let lanes: Lanes

  /// Deletion and insertion where the target stands alone in its image; selective deletion where
  /// there are others.
  func outcome(_ maps: HeatMaps, _ target: Int, others: [Int]) -> Outcome {
    let number = set.targets[target].image
    let image = set.images.rows(number..<number + 1)
    let order = descendingOrder(maps.enlarged(target, rows: set.height, columns: set.width))
    let deleted = scores(deletion.images(image, order: order, .deletion, number: number))
    let phrase =
      followed == .truth ? set.phraseIndices[target] : Int(deleted.rows(0..<1).largestColumns()[0])
    guard others.isEmpty else {
      return Outcome(areas: [.selectivity: selectivity(of: phrase, others, deleted)])
    }
    var outcome = Outcome()
    let inserted = scores(deletion.images(image, order: order, .insertion, number: number))
    for (direction, scores) in [
      (PixelDeletion.Direction.deletion, deleted), (.insertion, inserted),
    ] {
      let measures = direction.measures
      let hits = hits(scores, phrase: phrase, top: 1)
      let cosines = (0..<scores.shape[0]).map {
        Double(scores.rows($0..<$0 + 1).values[phrase])
      }
      outcome.curves[direction] = (hits, cosines)
      outcome.areas[measures.hits] = areaUnderCurve(hits)
      outcome.areas[measures.cosines] = areaUnderCurve(cosines)
      // Among as many as there are, the phrase is always found.
      for (top, measure) in measures.tops where top < set.phrases.count {
        outcome.areas[measure] = areaUnderCurve(self.hits(scores, phrase: phrase, top: top))
      }
    }
    if let hits = outcome.curves[.insertion]?.hits, hits.count > 2 {
      outcome.areas[.insertionInner] = areaUnderCurve(Array(hits.dropLast()))
    }
    outcome.areas[.insertionLessDeletion] =
      (outcome.areas[.insertion] ?? 0) - (outcome.areas[.deletion] ?? 0)
    return outcome
  }

  /// How much longer the other phrases of an image stay among the nearest than this one.
  private func selectivity(of phrase: Int, _ others: [Int], _ deleted: Tensor) -> Double {
    func area(_ phrase: Int) -> Double {
      areaUnderCurve(hits(deleted, phrase: phrase, top: topk))
    }
    return (Summary.mean(others.map { area(set.phraseIndices[$0]) }) ?? 0) - area(phrase)
  }

  /// Cosines of images with all phrases, `[images, phrases]`.
  private func scores(_ images: ByteTensor) -> Tensor {
    trained.imageEmbeddings(images, lanes: lanes).matrixProduct(
      classes, transposed: .right, lanes: lanes)
  }

  private func hits(_ scores: Tensor, phrase: Int, top: Int) -> [Double] {
    (0..<scores.shape[0]).map {
      rank(of: phrase, in: scores.rows($0..<$0 + 1).values) < top ? 1 : 0
    }
  }
}

extension PixelDeletion.Direction {
  /// What is measured of curves in this direction: whether the phrase is the nearest, its cosine,
  /// and whether it is among some of the nearest.
  fileprivate var measures:
    (
      hits: Faithfulness.Measure, cosines: Faithfulness.Measure,
      tops: [(Int, Faithfulness.Measure)]
    )
  {
    switch self {
    case .deletion: (.deletion, .deletionCosine, [(5, .deletionTop5), (10, .deletionTop10)])
    case .insertion: (.insertion, .insertionCosine, [(5, .insertionTop5), (10, .insertionTop10)])
    }
  }
}

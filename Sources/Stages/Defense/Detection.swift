import Compute
import Pipeline

/// How well scores separate stamped from clean images.
package struct Detection: Sendable {
  package let positiveCount: Int
  package let negativeCount: Int
  /// `nil` when one of the two samples is empty.
  package let auroc: Double?
  /// Shares above the threshold, and their F1; `nil` where not defined.
  package let truePositiveRate: Double?
  package let falsePositiveRate: Double?
  package let f1: Double?
  package let threshold: Double

  /// Suspicious is what lies strictly above the threshold.
  package init(positives: [Double], negatives: [Double], threshold: Double) {
    positiveCount = positives.count
    negativeCount = negatives.count
    auroc = Compute.auroc(positives: positives, negatives: negatives)
    self.threshold = threshold
    let (hits, alarms) = (
      positives.count { $0 > threshold }, negatives.count { $0 > threshold }
    )
    func rate(_ count: Int, of total: Int) -> Double? {
      total == 0 ? nil : Double(count) / Double(total)
    }
    truePositiveRate = rate(hits, of: positives.count)
    falsePositiveRate = rate(alarms, of: negatives.count)
    // F1 = 2 TP / (2 TP + FP + FN), and TP + FN is the number of positives.
    f1 = rate(2 * hits, of: hits + alarms + positives.count)
  }

  static let columns =
    ResultColumns.dataset + ResultColumns.training + [
      Column("defense", .string, help: "detector and its mode"),
      Column("population", .string, help: "which images are compared"),
      Column("test_intensity", .double, help: "intensity of the test trigger"),
      Column("n_pos", .int, help: "stamped images"),
      Column("n_neg", .int, help: "clean images"),
      Column(
        "asr", .double, unit: "fraction", direction: .higher,
        help: "attack success on the same images, target class left out"),
      Column(
        "auroc", .double, direction: .higher, help: "area under the ROC curve; null: not defined"),
      ResultColumns.share("tpr", of: "n_pos", .higher, help: "stamped images above the threshold"),
      ResultColumns.share("fpr", of: "n_neg", .lower, help: "clean images above the threshold"),
      Column("f1", .double, direction: .higher, help: "at the threshold"),
      Column("threshold", .double, help: "scores strictly above are suspicious"),
    ]

  /// One row for each population; warns where the area is not defined.
  static func rows(
    defense: Detector, intensity: Double, stamped: ScoredImages, clean: ScoredImages, target: Int,
    threshold: Double, _ context: StageContext
  ) -> [[Value]] {
    let attack = AttackMetrics(
      labels: stamped.labels, predictions: stamped.predictions, target: target)
    return DetectionPopulation.allCases.map { population in
      let detection = Detection(
        positives: population.positives(stamped, target: target),
        negatives: population.negatives(clean), threshold: threshold)
      if detection.auroc == nil {
        context.log(
          "warning: \(defense.rawValue), population \(population.rawValue), intensity "
            + "\(Value.double(intensity).plainText): \(detection.positiveCount) stamped and "
            + "\(detection.negativeCount) clean images, so the AUROC is not defined")
      }
      return [
        .string(defense.rawValue), .string(population.rawValue), .double(intensity),
        .int(detection.positiveCount), .int(detection.negativeCount),
        .measured(attack.successRate), .measured(detection.auroc),
        .measured(detection.truePositiveRate),
        .measured(detection.falsePositiveRate), .measured(detection.f1), .double(threshold),
      ]
    }
  }
}

import Stages
import Testing

@Suite struct DetectionTests {
  @Test func ratesAndF1AtTheThreshold() {
    let detection = Detection(
      positives: [1.0, 0.6, 0.6, 0.2], negatives: [0.6, 0.2, 0.2, 0.0], threshold: 0.5)
    #expect(detection.truePositiveRate == 0.75)
    #expect(detection.falsePositiveRate == 0.25)
    // Precision 3/4, recall 3/4.
    #expect(detection.f1 == 0.75)
  }

  @Test func thresholdIsStrict() {
    let detection = Detection(positives: [0.5], negatives: [0.5], threshold: 0.5)
    #expect(detection.truePositiveRate == 0)
    #expect(detection.falsePositiveRate == 0)
  }

  @Test func noSuccessfulAttackMeansNoArea() {
    let detection = Detection(positives: [], negatives: [0.2, 0.4], threshold: 0.5)
    #expect(detection.auroc == nil)
    #expect(detection.truePositiveRate == nil)
    #expect(detection.falsePositiveRate == 0)
  }

  /// Three images of other classes than 0, of which the second and third reach it, and one of class
  /// 0; unstamped, the first and the last are classified correctly.
  @Test(arguments: [
    (DetectionPopulation.all, [0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]),
    (.otherClasses, [0.1, 0.2, 0.3], [0.5, 0.6, 0.7, 0.8]),
    (.filtered, [0.2, 0.3, 0.4], [0.5, 0.8]),
  ])
  func populations(population: DetectionPopulation, positives: [Double], negatives: [Double]) {
    let labels: [UInt8] = [1, 2, 3, 0]
    let stamped = ScoredImages(
      labels: labels, predictions: [1, 0, 0, 0], scores: [0.1, 0.2, 0.3, 0.4])
    let clean = ScoredImages(
      labels: labels, predictions: [1, 3, 0, 0], scores: [0.5, 0.6, 0.7, 0.8])
    #expect(population.positives(stamped, target: 0) == positives)
    #expect(population.negatives(clean) == negatives)
  }

  /// Card, check 8.
  @Test func entropyOfThreeClasses() {
    #expect(abs(SuperpositionEntropy.entropy(of: [0.7, 0.2, 0.1]) - 0.801819) < 1e-6)
  }
}

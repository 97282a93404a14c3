import Compute
import Stages
import Testing

/// Card, section 7, checks 4, 5 and 7.
@Suite struct ScaleUpTests {
  /// The expected scores were computed from a deviation of six digits.
  private let printed = 2e-6

  @Test func amplifiedBytesSaturate() {
    let images = ByteTensor([20, 30, 90, 200], shape: [1, 4])
    #expect(ScaleUp.amplified(images, by: 3).values == [60, 90, 255, 255])
  }

  @Test func consistencyIsTheShareOfAgreeingScales() {
    let scaled: [[Int32]] = [[4], [4], [7], [4], [0]]
    #expect(ScaleUp.consistency(of: [4], scaled: scaled) == [0.6])
  }

  @Test func dataLimitedScores() {
    let reference = ScaleUp.Reference(
      consistency: [0.2, 0.4, 0.4, 0.8], labels: [0, 0, 1, 1], perClass: false)
    #expect(abs(reference.mean - 0.45) < printed)
    #expect(abs(reference.deviation - 0.251661) < printed)
    #expect(abs(reference.score(0.6, predicted: 1) - 0.596041) < printed)
    #expect(abs(reference.score(0.4, predicted: 0) + 0.198680) < printed)
  }

  /// Class 0 has mean 0.3 and deviation 0.141421; class 2 has one image and falls back.
  @Test func classWiseScoresUseThePredictedClass() {
    let reference = ScaleUp.Reference(
      consistency: [0.2, 0.4, 0.6, 0.6, 0.8], labels: [0, 0, 1, 1, 2], perClass: true)
    #expect(abs(reference.score(0.5, predicted: 0) - 0.2 / 0.141421) < 1e-4)
    // Equal values: the deviation is floored at 0.01.
    #expect(abs(reference.score(0.61, predicted: 1) - 1) < printed)
    #expect(
      reference.score(0.5, predicted: 2)
        == (0.5 - reference.mean) / reference.deviation)
  }

  /// A class without statistics falls back on global ones, whose deviation is floored as well.
  @Test func classWiseScoresOfAgreeingImagesAreFinite() {
    let reference = ScaleUp.Reference(
      consistency: [0.6, 0.6], labels: [0, 1], perClass: true)
    #expect(abs(reference.score(0.61, predicted: 7) - 1) < printed)
  }

  /// A global mean and deviation are a monotone map: they cannot change the area.
  @Test func globalStatisticsKeepTheArea() {
    let reference = ScaleUp.Reference(
      consistency: [0.2, 0.4, 0.4, 0.8], labels: [0, 0, 1, 1], perClass: false)
    let (positives, negatives) = ([1.0, 0.6, 0.6, 0.2], [0.6, 0.2, 0.2, 0.0])
    let plain = Detection(positives: positives, negatives: negatives, threshold: 0.5)
    let scored = Detection(
      positives: positives.map { reference.score($0, predicted: 0) },
      negatives: negatives.map { reference.score($0, predicted: 0) }, threshold: 0.5)
    #expect(plain.auroc == 0.8125)
    #expect(scored.auroc == 0.8125)
  }
}

import Compute
import Testing

struct StatisticsTests {
  @Test func aurocCountsTiesHalf() {
    let area = auroc(positives: [1.0, 0.6, 0.6, 0.2], negatives: [0.6, 0.2, 0.2, 0.0])
    #expect(area == 0.8125)
    #expect(auroc(positives: [3, 3, 3], negatives: [3, 3]) == 0.5)
    #expect(auroc(positives: [], negatives: [1]) == nil)
    #expect(auroc(positives: [1, .nan], negatives: [0]) == nil)
    #expect(auroc(positives: [1], negatives: [.nan, 0]) == nil)
    #expect(auroc(positives: [.infinity], negatives: [-.infinity]) == 1)
  }

  @Test func aurocEqualsTheCountOfPairs() {
    var random = SplitMix64(seed: 5)
    let positives = (0..<40).map { _ in Double(random.index(below: 8)) + 1 }
    let negatives = (0..<30).map { _ in Double(random.index(below: 8)) }
    var wins = 0.0
    for p in positives {
      for n in negatives { wins += p > n ? 1 : p == n ? 0.5 : 0 }
    }
    #expect(auroc(positives: positives, negatives: negatives) == wins / 1_200)
  }

  @Test func summaries() {
    let sample = [0.2, 0.4, 0.4, 0.8]
    #expect(abs((Summary.mean(sample) ?? 0) - 0.45) < 1e-12)
    #expect(abs((Summary.deviation(sample) ?? 0) - 0.251661) < 1e-6)
    #expect(Summary.deviation([1]) == nil)
    #expect(Summary.quantile(0.25, of: [4, 1, 2, 3]) == 1.75)
    let norms: [Double] = [10, 12, 11, 13, 4]
    #expect(Summary.median(norms) == 11)
    #expect(Summary.medianAbsoluteDeviation(norms) == 1)
    #expect(Summary.median([]) == nil)
  }

  /// Quartiles 2 and 4: whiskers may reach -1 and 7, the values nearest to that are 1 and 5.
  @Test func boxOfASample() throws {
    let box = try #require(BoxSummary([3, 1, 20, 2, 4, 3, 5, -9, 3]))
    #expect(box.quartiles == 2...4 && box.median == 3)
    #expect(box.whiskers == 1...5 && box.outliers == [-9, 20])
    #expect(BoxSummary([]) == nil)
  }

  /// Four of five coins, or more, on one side: (5 + 1) / 32 twice. Of n = 4 ranks with T = 9 the
  /// mean is 5 and the variance 7.5.
  @Test func pairedTests() throws {
    let differences = [-1.0, -2, -3, 0.5, -4, 0]
    #expect(abs(try #require(PairedTest.sign(differences)) - 0.375) < 1e-12)
    #expect(PairedTest.sign([0, 0]) == nil && PairedTest.wilcoxon([0]) == nil)
    #expect(PairedTest.sign([1, -1]) == 1)
    let p = try #require(PairedTest.wilcoxon([2, -1, 3, 4]))
    #expect(abs(p - 0.1441271) < 1e-6)
  }

  /// Card, check 8: median 11, MAD 1, index of the last 7 / 1.4826.
  @Test func anomalyIndexOfASmallTrigger() throws {
    let norms = [10.0, 12, 11, 13, 4]
    let index = try #require(AnomalyIndex.of(4, among: norms))
    #expect(abs(index - 4.721435) < 1e-6)
    #expect(AnomalyIndex.of(11, among: norms) == 0)
    #expect(AnomalyIndex.of(1, among: [1, 1, 1]) == nil)
  }

  @Test func singularVectorOfTheWorkedExample() {
    let features = Tensor([0, 0, 1, 0, 2, 0, 9, 0], shape: [4, 2])
    let centred = features.centred(on: features.rowMean())
    #expect(centred.topRightSingularVector(lanes: Lanes(1)) == [1, 0])
  }

  @Test func singularVectorOfAnObliqueCloud() {
    // Rows are multiples of (3, -4) / 5 plus a little of (4, 3) / 5.
    let rows: [Float] = [3, -4, -6, 8, 9, -12, 0.4, 0.3, -0.4, -0.3]
    let vector = Tensor(rows, shape: [5, 2]).topRightSingularVector(lanes: Lanes(1))
    #expect(abs(vector[0] - -0.6) < 1e-6)
    #expect(abs(vector[1] - 0.8) < 1e-6)
  }

  @Test func singularVectorOfZeros() {
    #expect(Tensor(zeros: [3, 2]).topRightSingularVector(lanes: Lanes(1)) == [0, 0])
  }

  @Test func twoMeansSeparatesTwoGroups() {
    let points = Tensor([0, 0, 0.1, 0, 5, 5, 5.1, 5, 0, 0.1], shape: [5, 2])
    let split = TwoMeans(points, seed: 1)
    let flipped = split.assignment[0] == 0 ? split.assignment : split.assignment.map { 1 - $0 }
    #expect(flipped == [0, 0, 1, 1, 0])
    #expect(split.assignment == TwoMeans(points, seed: 1).assignment)
    // Clusters' squared distances: (0.02/3) * 2 and 0.01 / 2.
    #expect(abs(split.inertia - (0.04 / 3 + 0.005)) < 1e-6)
  }

  @Test func silhouetteByHand() {
    // One dimension: {0, 1} and {4, 6}. a: 1, 1, 2, 2; b: 5, 4, 3.5, 5.5.
    let points = Tensor([0, 4, 1, 6], shape: [4, 1])
    let expected = (4.0 / 5 + 3.0 / 4 + 1.5 / 3.5 + 3.5 / 5.5) / 4
    let value = silhouette(points, assignment: [0, 1, 0, 1], lanes: Lanes(1))
    #expect(abs((value ?? 0) - expected) < 1e-5)
    #expect(silhouette(points, assignment: [0, 0, 0, 0], lanes: Lanes(1)) == nil)
  }
}

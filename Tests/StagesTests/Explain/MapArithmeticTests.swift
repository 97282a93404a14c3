import Compute
import Stages
import Testing

/// The worked checks of the method's card.
struct MapArithmeticTests {
  private func isNear(_ found: [Float], _ expected: [Float]) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  /// Check A: g.v = 0.3, -0.5, 0.95; u = 0, 1, 0.5; H = 0, 0, 0.475.
  @Test func oneBlock() {
    let sums = GradECLIP.channelSums(
      gradient: Tensor([1, -0.5]), values: Tensor([0.4, 0.2, -0.2, 0.6, 1, 0.1], shape: [3, 2]))
    #expect(isNear(sums, [0.3, -0.5, 0.95]))
    let weights = GradECLIP.minMax([0.2, 0.8, 0.5])
    #expect(isNear(weights.weights, [0, 1, 0.5]) && !weights.isConstant)
    let map = GradECLIP.combined([zip(weights.weights, sums).map { $0 * $1 }], .reluThenSum)
    #expect(isNear(map, [0, 0, 0.475]))
  }

  /// Check B: the sum comes before the ReLU in texts, behind it in images.
  @Test func orderOfSumAndReLU() {
    let layers: [[Float]] = [[0.5, -0.3, 0.1], [-0.2, -0.1, 0.4]]
    #expect(isNear(GradECLIP.combined(layers, .sumThenReLU), [0.3, 0, 0.5]))
    #expect(isNear(GradECLIP.combined(layers, .reluThenSum), [0.5, 0, 0.5]))
    // Start and end of the text have no share, however large their sums.
    let words = WordExplainer.Words(signed: [7, 0.3, -0.4, 0.5, 9], end: 4, cosine: 1)
    #expect(isNear(words.shares, [0.375, 0, 0.625]))
    let nothing = WordExplainer.Words(signed: [7, -0.3, 0, -0.5, 9], end: 4, cosine: 1)
    #expect(nothing.shares == [0, 0, 0])
  }

  /// Check C: R = A2' A1' has .375 from the class row to the patch.
  @Test func rollout() {
    var row = Relevance(tokens: 2)
    row.roll(back: [[0.5, 0.5], [0.1, 0.9]])
    row.roll(back: [[0.6, 0.4], [0.2, 0.8]])
    #expect(isNear(row.patches, [0.375]))
  }

  /// (I + M2)(I + M1) with M1 = [0 1; 0 1], M2 = [0 2]: class row (1, 2)(1 1; 0 2) = (1, 5).
  @Test func propagation() {
    var row = Relevance(tokens: 2)
    row.propagate(back: [[0, 2]])
    row.propagate(back: [[0, 1], [0, 1]])
    #expect(isNear(row.patches, [5]))
  }

  /// Where all similarities are equal nothing is divided by zero.
  @Test func constantSimilarity() {
    let found = GradECLIP.loosened(
      query: Tensor([1, 0]), keys: Tensor([2, 0, 3, 0], shape: [2, 2]))
    #expect(found.weights == [1, 1] && found.isConstant)
  }

  @Test func similarityIsACosine() {
    let found = GradECLIP.loosened(
      query: Tensor([2, 0]), keys: Tensor([1, 1, 9, 0, 0, 1], shape: [3, 2]))
    #expect(isNear(found.weights, [0.70710677, 1, 0]) && !found.isConstant)
  }

  @Test func centredSums() {
    let sums = GradECLIP.channelSums(
      gradient: Tensor([1]), values: Tensor([1, 2, 6], shape: [3, 1]), isCentred: true)
    #expect(isNear(sums, [-2, -1, 3]))
  }

  /// What all texts share is taken away: with two equal texts nothing is left.
  @Test func surgeryTakesAwayWhatIsShared() {
    let patches = Tensor([1, 0, 0, 1], shape: [2, 2])
    let same = ImageExplainer.surgerySimilarity(
      patches: patches, image: Tensor([1, 0], shape: [1, 2]),
      texts: Tensor([1, 0, 1, 0], shape: [2, 2]), target: 0)
    #expect(isNear(same, [0, 0]))
    // Cosines 1 and 0: w = e^2, 1 over their mean; direction w_0 f_0 - (w_0 f_0 + w_1 f_1) / 2.
    let two = ImageExplainer.surgerySimilarity(
      patches: patches, image: Tensor([1, 0], shape: [1, 2]),
      texts: Tensor([1, 0, 0, 1], shape: [2, 2]), target: 0)
    #expect(isNear(two, [0.8807971, -0.11920292]))
  }
}

import Compute
import Testing

struct SpectralSignatureTests {
  /// Card, check 9: centred on 3, v = (1, 0).
  @Test func scoresAreSquaredProjections() {
    let features = Tensor([0, 0, 1, 0, 2, 0, 9, 0], shape: [4, 2])
    let scores = SpectralSignature.scores(features, lanes: Lanes(1))
    // Features are float32: six digits.
    for (score, expected) in zip(scores, [9.0, 4, 1, 36]) { #expect(abs(score - expected) < 1e-4) }
  }
}

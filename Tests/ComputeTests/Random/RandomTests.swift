import Compute
import Testing

struct RandomTests {
  @Test func splitMixGivesThePublishedNumbers() {
    var random = SplitMix64(seed: 1)
    #expect(random.next() == 10_451_216_379_200_822_465)
    #expect(random.next() == 13_757_245_211_066_428_519)
    var unit = SplitMix64(seed: 1)
    #expect(unit.unit() == 0.5665615751722809)
    var gaussian = SplitMix64(seed: 1)
    // The last bits depend on the system's log and cos.
    #expect(abs(gaussian.gaussian() - -0.034267321791851144) < 1e-15)
  }

  @Test func permutationOfEight() {
    var random = SplitMix64(seed: 1)
    #expect(random.permutation(8) == [0, 3, 7, 1, 2, 6, 5, 4])
  }

  @Test func streamsDifferBySeedPurposeAndIndex() {
    func first(_ seed: UInt64, _ purpose: String, _ index: Int) -> UInt64 {
      var random = RandomStream.generator(seed: seed, purpose: purpose, index)
      return random.next()
    }
    let values = [
      first(1, "order", 0), first(2, "order", 0), first(1, "augmentation", 0),
      first(1, "order", 1), first(1, "order", -1),
    ]
    #expect(Set(values).count == values.count)
    #expect(first(1, "order", 0) == values[0])
  }

  @Test func gaussiansHaveUnitVariance() {
    var random = RandomStream.generator(seed: 3, purpose: "test")
    let sample = (0..<20_000).map { _ in random.gaussian() }
    // Three standard errors of mean and variance at n = 20,000.
    #expect(abs(sample.reduce(0, +) / 20_000) < 0.022)
    #expect(abs(sample.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.03)
  }
}

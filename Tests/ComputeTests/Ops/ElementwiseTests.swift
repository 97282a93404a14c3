import Compute
import Testing

struct ElementwiseTests {
  /// Large enough for several pieces on two lanes.
  @Test func bigTensorsEqualTheNaiveLoop() {
    let (a, b) = (sampleTensor([300_000], seed: 1), sampleTensor([300_000], seed: 2))
    var sum = a
    sum.add(b, times: 0.5, lanes: Lanes(2))
    // A power of two: the same bits with and without a fused multiply-add.
    #expect(sum.values == zip(a.values, b.values).map { $0 + 0.5 * $1 })
    var scaled = a
    scaled.scale(by: -2.5, lanes: Lanes(2))
    #expect(scaled.values == a.values.map { -2.5 * $0 })
  }

  @Test func refusesOtherShapes() async {
    await #expect(processExitsWith: .failure) {
      var a = Tensor([1])
      a.add(Tensor([1, 2]), lanes: Lanes(1))
    }
  }
}

import Compute
import Testing

struct StoragePoolTests {
  /// Small and large blocks: the large ones are mapped with huge pages.
  @Test(arguments: [100, 5 << 20])
  func reusesBlocksOfTheSameSize(floats: Int) {
    let before = StoragePool.shared.statistics
    #expect(before.peakByteCount >= before.liveByteCount)
    for round in 0..<3 {
      let tensor = Tensor(repeating: Float(round), shape: [floats])
      #expect(tensor.values.allSatisfy { $0 == Float(round) })
    }
  }

  @Test func zerosAreZeroInAReusedBlock() {
    for _ in 0..<2 {
      var tensor = Tensor(zeros: [1_234_567])
      #expect(tensor.values.allSatisfy { $0 == 0 })
      tensor.fill(3)
    }
  }
}

import Compute
import Testing

struct StoragePoolTests {
  /// In its own process, since the pool serves all threads of one. 100 floats come from the heap,
  /// 5 Mi floats are mapped with huge pages.
  @Test func keepsBlocksForReuseUntilTrimmed() async {
    await #expect(processExitsWith: .success) {
      let pool = StoragePool.shared
      pool.trim()
      for count in [100, 5 << 20] {
        let start = pool.statistics
        for round in 0..<3 {
          let tensor = Tensor(repeating: Float(round), shape: [count])
          precondition(tensor.rows(count - 1..<count).item == Float(round))
          precondition(pool.statistics.liveByteCount >= start.liveByteCount + 4 * count)
        }
        let end = pool.statistics
        precondition(end.allocationCount == start.allocationCount + 1, "\(end)")
        precondition(end.liveByteCount == start.liveByteCount, "\(end)")
        precondition(end.pooledByteCount >= start.pooledByteCount + 4 * count, "\(end)")
        precondition(end.peakByteCount >= end.liveByteCount + end.pooledByteCount, "\(end)")
      }
      pool.trim()
      precondition(pool.statistics.pooledByteCount == 0)
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

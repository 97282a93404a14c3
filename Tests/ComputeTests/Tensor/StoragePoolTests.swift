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

  /// Blocks of other sizes make room (600 + 500 MiB exceed the limit of 1 GiB). Nothing is written,
  /// so no memory is used.
  @Test func newerBlocksReplaceThoseOfOtherSizes() async {
    await #expect(processExitsWith: .success) {
      let pool = StoragePool.shared
      let (large, small) = (150 << 20, 125 << 20)
      pool.trim()
      for count in [large, small] { _ = Tensor(uninitialized: [count]) }
      precondition(pool.statistics.pooledByteCount == 4 * small, "\(pool.statistics)")
      let before = pool.statistics.allocationCount
      _ = Tensor(uninitialized: [small])
      precondition(pool.statistics.allocationCount == before)
      _ = Tensor(uninitialized: [large])
      precondition(pool.statistics.pooledByteCount == 4 * large, "\(pool.statistics)")
      precondition(pool.statistics.allocationCount == before + 1)
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

import Compute
import Synchronization
import Testing

struct LanesTests {
  @Test(arguments: [(1, 10, 3), (2, 10, 3), (2, 0, 4), (4, 7, 7), (3, 100, 1)])
  func everyItemOnceInFixedChunks(lanes: Int, total: Int, size: Int) {
    let seen = Mutex([Int: Range<Int>]())
    Lanes(lanes).forEachChunk(of: total, size: size) { chunk, items in
      seen.withLock { $0[chunk] = items }
    }
    let chunks = seen.withLock { $0 }
    #expect(chunks.keys.sorted() == Array(0..<(total + size - 1) / size))
    #expect(chunks.sorted { $0.key < $1.key }.flatMap { Array($0.value) } == Array(0..<total))
  }

  @Test(arguments: [1, 2, 5])
  func resultsComeInChunkOrder(lanes: Int) {
    let sums = Lanes(lanes).mapChunks(of: 10, size: 4) { chunk, items in
      "\(chunk):\(items.reduce(0, +))"
    }
    #expect(sums == ["0:6", "1:22", "2:17"])
  }

  /// Many calls of one team, some of them inline because they are small; the results of each are
  /// there when it returns, and other lanes number the scratch buffers.
  @Test(arguments: [1, 2, 4])
  func awakeLanesComputeEveryCall(count: Int) {
    let sums = Lanes(count).awake { lanes in
      (0..<2_000).map { round in
        lanes.mapChunks(of: round % 50, size: 3, work: round % 3 == 0 ? 1 : .max) { _, items in
          items.reduce(round, +)
        }.reduce(0, +)
      }
    }
    let expected = (0..<2_000).map { round in
      let items = round % 50
      return (items + 2) / 3 * round + items * (items - 1) / 2
    }
    #expect(sums == expected)
  }

  @Test func awakeLanesMayBeAskedToBeAwake() {
    let total = Lanes(2).awake { lanes in
      lanes.awake { $0.mapChunks(of: 9, size: 2) { $1.count } }.reduce(0, +)
    }
    #expect(total == 9)
  }

  @Test func errorsPassThroughAwakeLanes() {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) {
      try Lanes(2).awake { _ throws(Refusal) in throw Refusal() }
    }
  }

  @Test func awakeLanesRefuseToNest() async {
    await #expect(processExitsWith: .failure) {
      Lanes(2).awake { lanes in
        lanes.forEachChunk(of: 2, size: 1) { _, _ in
          lanes.forEachChunk(of: 2, size: 1) { _, _ in }
        }
      }
    }
  }

  @Test func tagNamesTheArithmetic() {
    #expect(Numerics.tag.hasPrefix("f32.v"))
    #expect(Numerics.tag.contains("+openblas."))
  }
}

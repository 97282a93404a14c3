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

  @Test func tagNamesTheArithmetic() {
    #expect(Numerics.tag.hasPrefix("f32.v"))
    #expect(Numerics.tag.contains("+openblas."))
  }
}

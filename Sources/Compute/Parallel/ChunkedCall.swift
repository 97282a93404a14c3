import Synchronization

/// The chunks of one call of `Lanes.forEachChunk`, until none is left.
///
/// Sendable because the lanes share it only while the call waits for them, so the closure is used
/// while its owner waits, and the contract of `forEachChunk` keeps the chunks' writes disjoint.
final class ChunkedCall: @unchecked Sendable {
  private let total: Int
  private let size: Int
  private let chunks: Int
  private let body: (_ lane: Int, _ chunk: Int, _ items: Range<Int>) -> Void
  private let taken = Atomic<Int>(0)
  private let front = Atomic<Int>(0)
  private let back = Atomic<Int>(0)

  init(
    total: Int, size: Int, body: @escaping (_ lane: Int, _ chunk: Int, _ items: Range<Int>) -> Void
  ) {
    (self.total, self.size, self.body) = (total, size, body)
    chunks = (total + size - 1) / size
  }

  /// Computes chunks until all are taken: lane 0 from the front, the others from the back.
  func run(lane: Int) {
    while taken.wrappingAdd(1, ordering: .relaxed).oldValue < chunks {
      let chunk =
        lane == 0
        ? front.wrappingAdd(1, ordering: .relaxed).oldValue
        : chunks - back.wrappingAdd(1, ordering: .relaxed).newValue
      body(lane, chunk, chunk * size..<min(total, (chunk + 1) * size))
    }
  }
}

import Dispatch
import Foundation
import Synchronization

/// The cores that one computation may use at the same time.
///
/// Work is cut into chunks whose size the caller derives from the problem alone, never from the
/// number of lanes, and partial results are combined in chunk order. One lane and many lanes then
/// give the same bits. Lanes are never used inside a chunk of other lanes.
package struct Lanes: Sendable {
  package let count: Int

  /// Work below this many elementary operations (multiply-adds or floats moved) runs on the
  /// calling thread: waking another core costs about as much.
  private static let serialWork = 200_000

  /// Up to `count` cores.
  ///
  /// - Precondition: `count >= 1`.
  package init(_ count: Int) {
    precondition(count >= 1, "lanes: \(count) asked for, at least 1 needed")
    self.count = count
  }

  /// Calls `body` once for every chunk of `0..<total`, on all lanes, and waits.
  ///
  /// - Parameters:
  ///   - total: number of items, at least 0.
  ///   - size: items in a chunk (the last may be smaller); must not depend on `count`.
  ///   - work: elementary operations of all chunks together, to keep small jobs on one thread.
  ///   - body: gets the chunk's number and its items. Chunks run at the same time and in any
  ///     order: each may write only what belongs to its items.
  package func forEachChunk(
    of total: Int, size: Int, work: Int = .max,
    body: (_ chunk: Int, _ items: Range<Int>) -> Void
  ) {
    forEachChunk(of: total, size: size, work: work) { _, chunk, items in body(chunk, items) }
  }

  /// How many numbers `forEachChunk` gives to lanes: one alone, else one more than lanes, since the
  /// calling thread's is its own whichever iteration it runs.
  var numberCount: Int { count == 1 ? 1 : count + 1 }

  /// Like `forEachChunk`, with a number in `0..<numberCount` that no two chunks have at the same
  /// time: it picks a scratch buffer.
  ///
  /// The calling thread takes chunks from the front and the others take them from the back. One op
  /// after the other, a core then meets the same part of the batch, which its caches still hold:
  /// what another core wrote last is read at a third of the speed.
  func forEachChunk(
    of total: Int, size: Int, work: Int = .max,
    body: (_ lane: Int, _ chunk: Int, _ items: Range<Int>) -> Void
  ) {
    precondition(total >= 0 && size >= 1, "lanes: \(total) items in chunks of \(size)")
    let chunks = (total + size - 1) / size
    guard count > 1, chunks > 1, work >= Self.serialWork else {
      for chunk in 0..<chunks { body(0, chunk, chunk * size..<min(total, (chunk + 1) * size)) }
      return
    }
    let taken = Atomic<Int>(0)
    let front = Atomic<Int>(0)
    let back = Atomic<Int>(0)
    let caller = pthread_self()
    withoutActuallyEscaping(body) { body in
      let shared = ChunkBody(call: body)
      DispatchQueue.concurrentPerform(iterations: min(count, chunks)) { iteration in
        let isCaller = pthread_equal(pthread_self(), caller) != 0
        while taken.wrappingAdd(1, ordering: .relaxed).oldValue < chunks {
          let chunk =
            isCaller
            ? front.wrappingAdd(1, ordering: .relaxed).oldValue
            : chunks - back.wrappingAdd(1, ordering: .relaxed).newValue
          shared.call(
            isCaller ? 0 : iteration + 1, chunk, chunk * size..<min(total, (chunk + 1) * size))
        }
      }
    }
  }

  /// Like `forEachChunk`, with the chunks' results in chunk order.
  package func mapChunks<R>(
    of total: Int, size: Int, work: Int = .max,
    body: (_ chunk: Int, _ items: Range<Int>) -> R
  ) -> [R] {
    let chunks = (total + size - 1) / size
    return [R](unsafeUninitializedCapacity: chunks) { buffer, initializedCount in
      let results = UnsafeMutableBufferPointer(rebasing: buffer[..<chunks])
      forEachChunk(of: total, size: size, work: work) { chunk, items in
        results.initializeElement(at: chunk, to: body(chunk, items))
      }
      initializedCount = chunks
    }
  }
}

/// Lends a closure to the lanes.
///
/// Sendable because `concurrentPerform` returns only after its last call, so the closure is used
/// while its owner waits, and the contract of `forEachChunk` keeps the chunks' writes disjoint.
private struct ChunkBody: @unchecked Sendable {
  let call: (_ lane: Int, _ chunk: Int, _ items: Range<Int>) -> Void
}

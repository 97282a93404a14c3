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
  /// Threads that are awake already.
  private let team: LaneTeam?

  /// Work below this many elementary operations (multiply-adds or floats moved) runs on the
  /// calling thread: waking another core costs about as much.
  private static let serialWork = 200_000
  /// The same where the other lanes are awake.
  private static let serialWorkOfTeam = 10_000

  /// Up to `count` cores.
  ///
  /// - Precondition: `count >= 1`.
  package init(_ count: Int) {
    precondition(count >= 1, "lanes: \(count) asked for, at least 1 needed")
    self.count = count
    team = nil
  }

  private init(team: LaneTeam) {
    count = team.count
    self.team = team
  }

  /// Calls `body` with the same lanes, kept awake between its parallel parts: they wait for the
  /// next one spinning, which starts it in a fraction of a microsecond. For work of milliseconds
  /// that is cut into many short parts, such as a token or a training step.
  package func awake<R, E: Error>(_ body: (Lanes) throws(E) -> R) throws(E) -> R {
    guard count > 1, team == nil else { return try body(self) }
    let team = LaneTeam(count: count)
    defer { team.dismiss() }
    return try body(Lanes(team: team))
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
    let serialWork = team == nil ? Self.serialWork : Self.serialWorkOfTeam
    guard count > 1, chunks > 1, work >= serialWork else {
      for chunk in 0..<chunks { body(0, chunk, chunk * size..<min(total, (chunk + 1) * size)) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let call = ChunkedCall(total: total, size: size, body: body)
      if let team {
        team.run(call)
      } else {
        let caller = pthread_self()
        DispatchQueue.concurrentPerform(iterations: min(count, chunks)) { iteration in
          let isCaller = pthread_equal(pthread_self(), caller) != 0
          call.run(lane: isCaller ? 0 : iteration + 1)
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

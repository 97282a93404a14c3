import Foundation
import Synchronization

/// Free blocks of memory by exact size, so that training allocates only during its first step.
///
/// A fresh 32 MiB block costs eleven times a reused one (page faults), and a training step asks
/// for the same sizes again and again. The pool decides where bytes live, never what they are, so
/// no result depends on it.
package final class StoragePool: Sendable {
  /// What the pool holds, in bytes, and how often it had to ask the system.
  package struct Statistics: Sendable, Equatable {
    /// Bytes in blocks that some `Storage` owns.
    package var liveByteCount = 0
    /// Bytes in free blocks kept for reuse.
    package var pooledByteCount = 0
    /// Largest `liveByteCount + pooledByteCount` so far.
    package var peakByteCount = 0
    /// Blocks taken from the system so far.
    package var allocationCount = 0
  }

  private struct State {
    var free: [Int: [Block]] = [:]
    var statistics = Statistics()

    /// Takes blocks, except of one size, until at most `limit` bytes are left or there is nothing
    /// to take.
    mutating func evict(downTo limit: Int, sparing size: Int?) -> [Block] {
      var evicted: [Block] = []
      guard statistics.pooledByteCount > limit else { return evicted }
      for other in free.keys.sorted(by: >) where other != size {
        while statistics.pooledByteCount > limit, let block = free[other]?.popLast() {
          statistics.pooledByteCount -= other
          evicted.append(block)
        }
      }
      return evicted
    }
  }

  /// Free bytes kept at most: a step of the widest network (ResNet-18, width 64, stem s1, batch
  /// 128) needs a little less.
  private static let pooledByteLimit = 1 << 30

  /// The process's pool, shared like the system's own allocator.
  package static let shared = StoragePool()

  private let state = Mutex(State())

  private init() {}

  package var statistics: Statistics { state.withLock { $0.statistics } }

  /// A block of exactly `byteCount` bytes with undefined content.
  func take(byteCount: Int) -> Block {
    let reused = state.withLock { state -> Block? in
      state.statistics.liveByteCount += byteCount
      if let block = state.free[byteCount]?.popLast() {
        state.statistics.pooledByteCount -= byteCount
        return block
      }
      state.statistics.allocationCount += 1
      let held = state.statistics.liveByteCount + state.statistics.pooledByteCount
      state.statistics.peakByteCount = max(state.statistics.peakByteCount, held)
      return nil
    }
    if let block = reused ?? Block(byteCount: byteCount) { return block }
    trim()
    guard let block = Block(byteCount: byteCount) else {
      fatalError("out of memory: the system refused \(byteCount) bytes; lower the batch size")
    }
    return block
  }

  /// Takes a block back. Where it exceeds the limit, blocks of other sizes leave first: what was
  /// used last is asked for again soonest.
  func give(_ block: Block) {
    let released = state.withLock { state -> [Block] in
      state.statistics.liveByteCount -= block.byteCount
      let room = Self.pooledByteLimit - block.byteCount
      let evicted = state.evict(downTo: room, sparing: block.byteCount)
      guard state.statistics.pooledByteCount <= room else { return evicted + [block] }
      state.statistics.pooledByteCount += block.byteCount
      state.free[block.byteCount, default: []].append(block)
      return evicted
    }
    for block in released { block.release() }
  }

  /// Returns every free block to the system.
  package func trim() {
    let blocks = state.withLock { $0.evict(downTo: 0, sparing: nil) }
    for block in blocks { block.release() }
  }
}

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
  }

  /// The process's pool, shared like the system's own allocator.
  package static let shared = StoragePool(pooledByteLimit: 4 << 30)

  private let state = Mutex(State())
  private let pooledByteLimit: Int

  /// An empty pool.
  ///
  /// - Parameter pooledByteLimit: free bytes kept at most; a block beyond it goes back to the
  ///   system.
  package init(pooledByteLimit: Int) {
    self.pooledByteLimit = pooledByteLimit
  }

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
    return reused ?? Block(byteCount: byteCount)
  }

  /// Takes a block back: kept while the limit allows, else returned to the system.
  func give(_ block: Block) {
    let isKept = state.withLock { state -> Bool in
      state.statistics.liveByteCount -= block.byteCount
      guard state.statistics.pooledByteCount + block.byteCount <= pooledByteLimit else {
        return false
      }
      state.statistics.pooledByteCount += block.byteCount
      state.free[block.byteCount, default: []].append(block)
      return true
    }
    if !isKept { block.release() }
  }

  /// Returns every free block to the system.
  package func trim() {
    let blocks = state.withLock { state -> [Block] in
      let blocks = state.free.values.flatMap { $0 }
      state.free = [:]
      state.statistics.pooledByteCount = 0
      return blocks
    }
    for block in blocks { block.release() }
  }

  deinit { trim() }
}

import Foundation

/// A block of memory owned by one tensor or shared by several; it goes back to its pool when the
/// last of them is gone.
///
/// Sendable because the bytes are written only (a) through a tensor that holds the sole reference
/// (copy-on-write) or (b) by lanes that a mutating call cut into disjoint ranges and waited for.
final class Storage: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  private let block: Block
  private let pool: StoragePool

  /// A block with undefined content.
  ///
  /// - Parameters:
  ///   - byteCount: wanted size, at least 0; rounded up to a multiple of 64.
  ///   - pool: where the block comes from and returns to.
  init(byteCount: Int, pool: StoragePool = .shared) {
    precondition(byteCount >= 0, "storage: \(byteCount) bytes asked for")
    block = pool.take(byteCount: (max(byteCount, 1) + 63) & ~63)
    base = block.base
    self.pool = pool
  }

  deinit { pool.give(block) }
}

/// Memory from the system, aligned to 64 bytes; large blocks are aligned for huge pages.
///
/// Sendable because it is only an address and a size: whoever owns it decides about access.
struct Block: @unchecked Sendable {
  /// From here on blocks are mapped with huge pages: fewer faults and fewer misses of the TLB.
  private static let mappedByteCount = 4 << 20
  private static let hugePageByteCount = 2 << 20

  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    self.byteCount = byteCount
    if byteCount >= Self.mappedByteCount {
      base = Self.map(byteCount: byteCount)
    } else {
      base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    }
  }

  func release() {
    if byteCount >= Self.mappedByteCount {
      munmap(base, Self.mappedLength(byteCount))
    } else {
      base.deallocate()
    }
  }

  private static func mappedLength(_ byteCount: Int) -> Int {
    (byteCount + 4095) & ~4095
  }

  /// Maps one huge page more than needed and unmaps what lies outside the aligned part.
  private static func map(byteCount: Int) -> UnsafeMutableRawPointer {
    let length = mappedLength(byteCount)
    let padded = length + hugePageByteCount
    guard
      let raw = mmap(nil, padded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      raw != MAP_FAILED
    else {
      fatalError("out of memory: the system refused \(byteCount) bytes; lower the batch size")
    }
    let address = Int(bitPattern: raw)
    let head = (hugePageByteCount - address % hugePageByteCount) % hugePageByteCount
    let base = raw + head
    if head > 0 { munmap(raw, head) }
    if padded - head > length { munmap(base + length, padded - head - length) }
    madvise(base, length, Int32(MADV_HUGEPAGE))
    return base
  }
}

/// Lends a buffer of floats with undefined content from the shared pool, for one call.
///
/// - Parameters:
///   - count: number of floats.
///   - body: may write anything; the pointer must not escape it.
/// - Returns: what `body` returns.
func withScratch<R>(
  floats count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> R
) rethrows -> R {
  let storage = Storage(byteCount: count * MemoryLayout<Float>.stride)
  return try withExtendedLifetime(storage) {
    try body(storage.base.assumingMemoryBound(to: Float.self))
  }
}

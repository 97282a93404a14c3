import Foundation

/// A block of memory owned by one tensor or shared by several; it goes back to its pool when the
/// last of them is gone.
///
/// Sendable because the bytes are written only (a) through a tensor that holds the sole reference
/// (copy-on-write), (b) by lanes that a mutating call cut into disjoint ranges and waited for, or
/// (c) as scratch of one `withScratch` call, whose storage nobody else ever sees and whose lanes
/// write disjoint parts.
final class Storage: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  private let block: Block

  /// A block of the shared pool with undefined content.
  ///
  /// - Parameter byteCount: wanted size, at least 0; rounded up to a multiple of 64.
  init(byteCount: Int) {
    precondition(byteCount >= 0, "storage: \(byteCount) bytes asked for")
    block = StoragePool.shared.take(byteCount: (max(byteCount, 1) + 63) & ~63)
    base = block.base
  }

  deinit { StoragePool.shared.give(block) }
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

  /// Nil when the system has no memory left.
  init?(byteCount: Int) {
    self.byteCount = byteCount
    if byteCount >= Self.mappedByteCount {
      guard let mapped = Self.map(byteCount: byteCount) else { return nil }
      base = mapped
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
  private static func map(byteCount: Int) -> UnsafeMutableRawPointer? {
    let length = mappedLength(byteCount)
    let padded = length + hugePageByteCount
    guard
      let raw = mmap(nil, padded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      raw != MAP_FAILED
    else { return nil }
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

import CZlib
import Foundation

extension PNGImage {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// PNG bytes: 8-bit RGB, not interlaced, no metadata; equal images give equal bytes.
  ///
  /// Each row takes the filter (none, sub, up) with the least sum of absolute differences.
  package var pngData: Data {
    var header: [UInt8] = []
    for size in [width, height] {
      header += stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: size >> $0) }
    }
    header += [8, 2, 0, 0, 0]
    var bytes = Self.signature
    Self.appendChunk("IHDR", header, to: &bytes)
    Self.appendChunk("IDAT", Self.compressed(filteredRows), to: &bytes)
    Self.appendChunk("IEND", [], to: &bytes)
    return Data(bytes)
  }

  private var filteredRows: [UInt8] {
    let rowBytes = width * 3
    var filtered: [UInt8] = []
    filtered.reserveCapacity((rowBytes + 1) * height)
    var above = [UInt8](repeating: 0, count: rowBytes)
    for y in 0..<height {
      let row = Array(pixels[y * rowBytes..<(y + 1) * rowBytes])
      let sub = row.indices.map { row[$0] &- ($0 < 3 ? 0 : row[$0 - 3]) }
      let up = row.indices.map { row[$0] &- above[$0] }
      let candidates = [row, sub, up]
      let costs = candidates.map { $0.reduce(0) { $0 + abs(Int(Int8(bitPattern: $1))) } }
      let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      filtered.append(UInt8(best))
      filtered += candidates[best]
      above = row
    }
    return filtered
  }

  private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(uLong(bytes.count))
    var out = [UInt8](repeating: 0, count: Int(count))
    let status = compress2(&out, &count, bytes, uLong(bytes.count), 9)
    precondition(status == Z_OK, "compress2: status \(status) within compressBound")
    return Array(out.prefix(Int(count)))
  }

  private static func appendChunk(_ type: String, _ content: [UInt8], to bytes: inout [UInt8]) {
    let checked = Array(type.utf8) + content
    bytes += bigEndian(UInt32(content.count))
    bytes += checked
    bytes += bigEndian(checksum(checked))
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32(0, bytes, uInt(bytes.count)))
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}

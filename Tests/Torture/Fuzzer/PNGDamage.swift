/// PNG files whose checksums are right although their contents are damaged.
enum PNGDamage {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
    }
  }

  /// CRC-32 as PNG and gzip have it.
  static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    let (a, b) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let a = (sums.0 + UInt32(byte)) % 65_521
      return (a, (sums.1 + a) % 65_521)
    }
    return b << 16 | a
  }

  private static func big(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// The file with the checksum of each whole chunk put right.
  static func stamped(_ bytes: [UInt8]) -> [UInt8] {
    var (bytes, at) = (bytes, 8)
    while at + 12 <= bytes.count {
      let count = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard count <= bytes.count - at - 12 else { break }
      let end = at + 8 + count
      bytes.replaceSubrange(end..<end + 4, with: big(crc(bytes[at + 4..<end])))
      at = end + 4
    }
    return bytes
  }

  /// Thirteen bytes of header and filtered rows as a file, all checksums right.
  static func wrapped(_ bytes: [UInt8]) -> [UInt8] {
    let rows = Array(bytes.dropFirst(13).prefix(65_535))
    let count = UInt16(rows.count)
    let halves = [count, ~count].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", Array(bytes.prefix(13)))
      + chunk("IDAT", [0x78, 1, 1] + halves + rows + big(adler(rows))) + chunk("IEND", [])
  }

  private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + content
    return big(UInt32(content.count)) + body + big(crc(body))
  }

  /// Headers and rows of three colour types, under each filter.
  static let scanlines: [[UInt8]] = [(0, 1), (2, 3), (6, 4)].map { (type: UInt8, channels: Int) in
    var bytes: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 5, 8, type, 0, 0, 0]
    for filter in UInt8(0)..<5 {
      bytes.append(filter)
      for place in 0..<3 * channels { bytes.append(UInt8(place * 17)) }
    }
    return bytes
  }
}

/// The printable characters that byte-level vocabularies write bytes as.
///
/// Bytes 33...126, 161...172 and 174...255 stand for the character of the same number, the other 68
/// in increasing order for U+0100, U+0101, ...: a space is U+0120.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt8 = 0
    return (0...255).map { byte -> Unicode.Scalar in
      if isPlain(byte) { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(0x100 + UInt16(next)) ?? "?"
    }
  }()

  private static func isPlain(_ byte: Int) -> Bool {
    (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
  }

  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x100 + 68)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt8(byte) }
    return bytes
  }()

  /// The bytes that a text of such characters stands for; `nil` when it holds others.
  static func bytes(of text: some StringProtocol) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard scalar.value < bytes.count, let byte = bytes[Int(scalar.value)] else { return nil }
      result.append(byte)
    }
    return result
  }
}

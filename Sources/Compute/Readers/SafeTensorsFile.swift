import Foundation

/// A safetensors file: named tensors and text metadata.
///
/// Layout: 8 bytes of header length (little endian), a JSON header, the tensors' bytes. Tensors are
/// read when they are asked for.
package struct SafeTensorsFile: Sendable {
  package let path: String
  package let metadata: [String: String]
  package let entries: [String: SafeTensorsEntry]
  private let file: RandomAccessFile
  private let dataStart: Int

  /// Reads and checks the header.
  ///
  /// - Parameter path: a file.
  /// - Throws: `SafeTensorsError` for a file that cannot be read or is not sound.
  package init(reading path: String) throws(SafeTensorsError) {
    do {
      file = try RandomAccessFile(path: path)
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    guard file.byteCount >= 8 else { throw .tooShort(path: path, byteCount: file.byteCount) }
    var length: UInt64 = 0
    for byte in try Self.bytes(0..<8, of: file, path: path).reversed() {
      length = length << 8 | UInt64(byte)
    }
    let limit = min(SafeTensorsHeader.byteLimit, file.byteCount - 8)
    guard length <= UInt64(limit) else {
      throw .headerTooLong(path: path, byteCount: length, limit: limit)
    }
    dataStart = 8 + Int(length)
    let header = try SafeTensorsHeader(
      json: try Self.bytes(8..<dataStart, of: file, path: path),
      dataByteCount: file.byteCount - dataStart, path: path)
    self.path = path
    metadata = header.metadata
    entries = header.entries
  }

  /// A tensor of type F32, or of F16 or BF16, whose values all are floats too.
  package func floats(_ name: String) throws(SafeTensorsError) -> Tensor {
    if let type = entries[name]?.type, type == .float16 || type == .bfloat16 {
      return try halves(name, type)
    }
    let entry = try entry(name, .float32)
    var tensor = Tensor(uninitialized: Shape(entry.shape))
    try read(entry) { fill in
      tensor.withUnsafeMutableFloats { fill(UnsafeMutableRawPointer($0)) }
    }
    return tensor
  }

  private func halves(
    _ name: String, _ type: SafeTensorsType
  ) throws(SafeTensorsError) -> Tensor {
    let entry = try entry(name, type)
    var bits = [UInt16](repeating: 0, count: entry.range.count / 2)
    try read(entry) { fill in
      bits.withUnsafeMutableBytes { if let base = $0.baseAddress { fill(base) } }
    }
    return Tensor(Shape(entry.shape)) { target in
      for (i, bits) in bits.enumerated() {
        target[i] =
          type == .bfloat16
          ? Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
          : Float(Float16(bitPattern: UInt16(littleEndian: bits)))
      }
    }
  }

  /// A tensor of type U8.
  package func bytes(_ name: String) throws(SafeTensorsError) -> ByteTensor {
    let entry = try entry(name, .uint8)
    var tensor = ByteTensor(uninitialized: Shape(entry.shape))
    try read(entry) { fill in
      tensor.withUnsafeMutableBytes { fill(UnsafeMutableRawPointer($0)) }
    }
    return tensor
  }

  /// A tensor of type I32, flattened.
  package func integers(_ name: String) throws(SafeTensorsError) -> [Int32] {
    let entry = try entry(name, .int32)
    var integers = [Int32](repeating: 0, count: entry.range.count / 4)
    try read(entry) { fill in
      integers.withUnsafeMutableBytes { if let base = $0.baseAddress { fill(base) } }
    }
    return integers
  }

  /// A tensor of type I64, flattened.
  package func longIntegers(_ name: String) throws(SafeTensorsError) -> [Int64] {
    let entry = try entry(name, .int64)
    var integers = [Int64](repeating: 0, count: entry.range.count / 8)
    try read(entry) { fill in
      integers.withUnsafeMutableBytes { if let base = $0.baseAddress { fill(base) } }
    }
    return integers
  }

  private func entry(
    _ name: String, _ type: SafeTensorsType
  ) throws(SafeTensorsError) -> SafeTensorsEntry {
    guard let entry = entries[name] else { throw .missing(path: path, name: name) }
    guard entry.type == type else {
      throw .wrongType(
        path: path, name: name, found: entry.type.rawValue, expected: type.rawValue)
    }
    return entry
  }

  /// Reads a tensor's bytes to where `lend` says.
  private func read(
    _ entry: SafeTensorsEntry, lend: (_ fill: (UnsafeMutableRawPointer) -> Void) -> Void
  ) throws(SafeTensorsError) {
    var refusal: RandomAccessFile.Refusal?
    lend { target in
      let buffer = UnsafeMutableRawBufferPointer(start: target, count: entry.range.count)
      do throws(RandomAccessFile.Refusal) {
        try file.read(into: buffer, at: dataStart + entry.range.lowerBound)
      } catch {
        refusal = error
      }
    }
    if let refusal { throw .unreadable(path: path, reason: refusal.reason) }
  }

  private static func bytes(
    _ range: Range<Int>, of file: RandomAccessFile, path: String
  ) throws(SafeTensorsError) -> Data {
    var data = Data(count: range.count)
    var refusal: RandomAccessFile.Refusal?
    data.withUnsafeMutableBytes { buffer in
      do throws(RandomAccessFile.Refusal) {
        try file.read(into: buffer, at: range.lowerBound)
      } catch {
        refusal = error
      }
    }
    if let refusal { throw .unreadable(path: path, reason: refusal.reason) }
    return data
  }
}

import Foundation

/// A safetensors file: named tensors and text metadata.
///
/// Layout: 8 bytes of header length (little endian), a JSON header, the tensors' bytes. The file
/// is mapped, so tensors that nobody asks for cost nothing.
package struct SafeTensorsFile: Sendable {
  package let path: String
  package let metadata: [String: String]
  package let entries: [String: SafeTensorsEntry]
  private let data: Data
  private let dataStart: Int

  /// Reads and checks the header.
  ///
  /// - Parameter path: a file.
  /// - Throws: `SafeTensorsError` for a file that cannot be read or is not sound.
  package init(reading path: String) throws(SafeTensorsError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw .unreadable(path: path, reason: (error as NSError).localizedDescription)
    }
    try self.init(data, path: path)
  }

  /// The same for bytes in memory.
  ///
  /// - Parameters:
  ///   - data: a whole file.
  ///   - path: what errors call it.
  /// - Throws: `SafeTensorsError`.
  package init(_ data: Data, path: String) throws(SafeTensorsError) {
    guard data.count >= 8 else { throw .tooShort(path: path, byteCount: data.count) }
    var length: UInt64 = 0
    for byte in data.prefix(8).reversed() { length = length << 8 | UInt64(byte) }
    let limit = min(SafeTensorsHeader.byteLimit, data.count - 8)
    guard length <= UInt64(limit) else {
      throw .headerTooLong(path: path, byteCount: length, limit: limit)
    }
    dataStart = 8 + Int(length)
    let json = data.subdata(in: data.startIndex + 8..<data.startIndex + dataStart)
    let header = try SafeTensorsHeader(
      json: json, dataByteCount: data.count - dataStart, path: path)
    self.path = path
    self.data = data
    metadata = header.metadata
    entries = header.entries
  }

  /// A tensor of type F32.
  package func floats(_ name: String) throws(SafeTensorsError) -> Tensor {
    let entry = try entry(name, .float32)
    return Tensor(Shape(entry.shape)) { target in
      copyBytes(of: entry, to: UnsafeMutableRawPointer(target))
    }
  }

  /// A tensor of type U8.
  package func bytes(_ name: String) throws(SafeTensorsError) -> ByteTensor {
    let entry = try entry(name, .uint8)
    return ByteTensor(Shape(entry.shape)) { target in
      copyBytes(of: entry, to: UnsafeMutableRawPointer(target))
    }
  }

  /// A tensor of type I32, flattened.
  package func integers(_ name: String) throws(SafeTensorsError) -> [Int32] {
    let entry = try entry(name, .int32)
    let count = entry.range.count / 4
    return [Int32](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      if let base = buffer.baseAddress { copyBytes(of: entry, to: UnsafeMutableRawPointer(base)) }
      initializedCount = count
    }
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

  private func copyBytes(of entry: SafeTensorsEntry, to target: UnsafeMutableRawPointer) {
    let start = data.startIndex + dataStart + entry.range.lowerBound
    data.copyBytes(
      to: target.assumingMemoryBound(to: UInt8.self), from: start..<start + entry.range.count)
  }
}

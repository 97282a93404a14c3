import Foundation

/// A GGUF file: metadata and named tensors, floats or blocks of quantised weights.
///
/// Layout (version 3, little-endian): the bytes `GGUF`, version, tensor count, pair count, the
/// metadata pairs, the directory of tensors, and from the next multiple of `general.alignment` (32)
/// the data. Metadata and directory are read and checked at once, tensors when they are asked for.
package struct GGUFFile: Sendable {
  /// Most pairs and most tensors: models have some tens and some thousands.
  static let entryLimit = 1 << 16

  package let path: String
  package let metadata: [String: GGUFValue]
  package let tensors: [String: GGUFTensor]
  private let file: RandomAccessFile
  private let dataStart: Int

  /// Reads and checks everything but the weights.
  ///
  /// - Parameter path: a file.
  /// - Throws: `GGUFError` for a file that cannot be read or is not sound.
  package init(reading path: String) throws(GGUFError) {
    self.path = path
    do {
      file = try RandomAccessFile(path: path)
    } catch {
      throw GGUFError(path: path, .unreadable(reason: error.reason))
    }
    var cursor = GGUFCursor(path: path, file: file)
    let magic = try cursor.bytes(min(4, file.byteCount), "the head")
    guard magic == Array("GGUF".utf8) else { throw GGUFError(path: path, .notGGUF(found: magic)) }
    let version: UInt32 = try cursor.integer("the version")
    guard version == 2 || version == 3 else { throw GGUFError(path: path, .version(version)) }
    let tensorCount = try cursor.count("the number of tensors", limit: Self.entryLimit)
    let pairCount = try cursor.count("the number of metadata pairs", limit: Self.entryLimit)
    metadata = try Self.readMetadata(&cursor, count: pairCount)
    let alignment = try Self.alignment(metadata, path: path)
    tensors = try Self.readDirectory(&cursor, count: tensorCount, alignment: alignment)
    dataStart = (cursor.offset + alignment - 1) / alignment * alignment
    try checkPlaces(left: max(0, file.byteCount - dataStart))
  }

  /// Refuses tensors that end behind the file or share bytes: without either, all of them together
  /// are no larger than the file.
  private func checkPlaces(left: Int) throws(GGUFError) {
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key })
    where tensor.range.upperBound > left {
      throw GGUFError(
        path: path,
        .pastEnd(tensor: name, end: UInt64(tensor.range.upperBound), left: left))
    }
    let placed = tensors.sorted {
      ($0.value.range.lowerBound, $0.key) < ($1.value.range.lowerBound, $1.key)
    }
    for (first, second) in zip(placed, placed.dropFirst())
    where first.value.range.upperBound > second.value.range.lowerBound {
      throw GGUFError(
        path: path, .contradiction("tensors \"\(first.key)\" and \"\(second.key)\" overlap"))
    }
  }

  private static func readMetadata(
    _ cursor: inout GGUFCursor, count: Int
  ) throws(GGUFError) -> [String: GGUFValue] {
    var metadata: [String: GGUFValue] = [:]
    for index in 0..<count {
      let key = try cursor.string("key \(index)", limit: Int(UInt16.max))
      let value = try cursor.value(of: key)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw GGUFError(path: cursor.path, .duplicate(what: "key \"\(key)\""))
      }
    }
    return metadata
  }

  private static func alignment(
    _ metadata: [String: GGUFValue], path: String
  ) throws(GGUFError) -> Int {
    guard let value = metadata["general.alignment"] else { return 32 }
    guard case .integer(let alignment, _) = value, (1...65_536).contains(alignment),
      alignment & (alignment - 1) == 0
    else { throw GGUFError(path: path, .alignment(value.words)) }
    return Int(alignment)
  }

  private static func readDirectory(
    _ cursor: inout GGUFCursor, count: Int, alignment: Int
  ) throws(GGUFError) -> [String: GGUFTensor] {
    var tensors: [String: GGUFTensor] = [:]
    for index in 0..<count {
      let name = try cursor.string("the name of tensor \(index)", limit: 1024)
      let tensor = try GGUFTensor(reading: &cursor, name: name, alignment: alignment)
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw GGUFError(path: cursor.path, .duplicate(what: "tensor \"\(name)\""))
      }
    }
    return tensors
  }

  /// The directory's entry of a tensor.
  ///
  /// - Parameters:
  ///   - name: of the tensor.
  ///   - shape: what the metadata lead one to expect, outermost first.
  /// - Returns: its type, shape and place.
  /// - Throws: that it is missing or has another shape.
  package func entry(
    named name: String, shape: [Int]? = nil
  ) throws(GGUFError) -> GGUFTensor {
    guard let tensor = tensors[name] else { throw GGUFError(path: path, .missingTensor(name)) }
    if let shape, shape != tensor.shape {
      throw GGUFError(path: path, .shape(tensor: name, found: tensor.shape, expected: shape))
    }
    return tensor
  }

  /// A tensor as floats, quantised or not; its rows on the given lanes.
  package func tensor(
    named name: String, shape: [Int]? = nil, lanes: Lanes = Lanes(1)
  ) throws(GGUFError) -> Tensor {
    let entry = try entry(named: name, shape: shape)
    guard entry.type == .float32 else {
      return try quantized(named: name, shape: shape).dequantized(lanes: lanes)
        .reshaped(Shape(entry.shape))
    }
    var tensor = Tensor(uninitialized: Shape(entry.shape))
    try read(entry) { fill in tensor.withUnsafeMutableFloats { fill(UnsafeMutableRawPointer($0)) } }
    return tensor
  }

  /// A tensor's blocks as they stand in the file; all its outer sizes together are its rows.
  package func quantized(
    named name: String, shape: [Int]? = nil
  ) throws(GGUFError) -> QuantizedMatrix {
    let entry = try entry(named: name, shape: shape)
    var bytes = ByteTensor(uninitialized: [entry.rows, entry.range.count / entry.rows])
    try read(entry) { fill in bytes.withUnsafeMutableBytes { fill(UnsafeMutableRawPointer($0)) } }
    return QuantizedMatrix(
      type: entry.type, rows: entry.rows, columns: entry.columns, bytes: bytes)
  }

  /// Reads a tensor's bytes to where `lend` says.
  private func read(
    _ entry: GGUFTensor, lend: (_ fill: (UnsafeMutableRawPointer) -> Void) -> Void
  ) throws(GGUFError) {
    var refusal: RandomAccessFile.Refusal?
    lend { target in
      let buffer = UnsafeMutableRawBufferPointer(start: target, count: entry.range.count)
      do throws(RandomAccessFile.Refusal) {
        try file.read(into: buffer, at: dataStart + entry.range.lowerBound)
      } catch {
        refusal = error
      }
    }
    if let refusal { throw GGUFError(path: path, .unreadable(reason: refusal.reason)) }
  }
}

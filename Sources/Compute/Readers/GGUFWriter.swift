import Foundation

/// Writes GGUF files of version 3 whose bytes depend on their content alone: metadata sorted by
/// key, tensors in the order they were added.
package struct GGUFWriter {
  private enum Content {
    case floats(Tensor)
    case blocks(QuantizedMatrix, Shape)

    var shape: Shape {
      switch self {
      case .floats(let tensor): tensor.shape
      case .blocks(_, let shape): shape
      }
    }
    var type: GGUFType {
      switch self {
      case .floats: .float32
      case .blocks(let matrix, _): matrix.type
      }
    }
    var data: Data {
      switch self {
      case .floats(let tensor):
        tensor.withUnsafeFloats { Data(bytes: $0, count: tensor.count * 4) }
      case .blocks(let matrix, _):
        matrix.bytes.withUnsafeBytes { Data(bytes: $0, count: matrix.bytes.count) }
      }
    }
    var byteCount: Int {
      switch self {
      case .floats(let tensor): tensor.count * 4
      case .blocks(let matrix, _): matrix.bytes.count
      }
    }
  }

  private static let alignment = 32

  /// Must not hold `general.alignment`: tensors start at multiples of 32.
  package var metadata: [String: GGUFValue] = [:]
  private var contents: [(name: String, content: Content)] = []

  package init() {}

  /// Adds a tensor of floats.
  ///
  /// - Precondition: one to four axes, none empty.
  package mutating func add(_ name: String, _ tensor: Tensor) {
    precondition(
      (1...4).contains(tensor.shape.rank) && tensor.count > 0, "GGUF: tensor \(tensor.shape)")
    contents.append((name, .floats(tensor)))
  }

  /// Adds a matrix of blocks.
  package mutating func add(_ name: String, _ matrix: QuantizedMatrix) {
    contents.append((name, .blocks(matrix, [matrix.rows, matrix.columns])))
  }

  /// Writes the file, replacing one that is there: whole or not at all.
  ///
  /// - Throws: the system's refusal where the place cannot be written.
  package func write(to path: String) throws {
    try AtomicFile.replace(path, with: front(), contents.lazy.map { Self.padded($0.content.data) })
  }

  /// The whole file as bytes.
  package func data() -> Data {
    contents.reduce(into: front()) { $0.append(Self.padded($1.content.data)) }
  }

  /// Everything before the tensors' bytes.
  private func front() -> Data {
    var data = Data("GGUF".utf8)
    data.append(integer: UInt32(3))
    data.append(integer: UInt64(contents.count))
    data.append(integer: UInt64(metadata.count))
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      data.append(text: key)
      data.append(integer: value.type.rawValue)
      data.append(value)
    }
    var offset = 0
    for (name, content) in contents {
      data.append(text: name)
      data.append(integer: UInt32(content.shape.rank))
      for size in content.shape.axes.reversed() { data.append(integer: UInt64(size)) }
      data.append(integer: content.type.rawValue)
      data.append(integer: UInt64(offset))
      offset += Self.paddedCount(content.byteCount)
    }
    return Self.padded(data)
  }

  private static func paddedCount(_ count: Int) -> Int {
    (count + alignment - 1) / alignment * alignment
  }

  private static func padded(_ data: Data) -> Data {
    data + Data(count: paddedCount(data.count) - data.count)
  }
}

extension GGUFValue {
  fileprivate var type: GGUFValueType {
    switch self {
    case .integer(_, let type), .float(_, let type): type
    case .bool: .bool
    case .string: .string
    case .integers, .floats, .bools, .strings, .arrays: .array
    }
  }
}

extension Data {
  fileprivate mutating func append(integer: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func append(text: String) {
    append(integer: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  /// A value behind its type.
  fileprivate mutating func append(_ value: GGUFValue) {
    switch value {
    case .integer(let number, let type): append(number, type)
    case .float(let number, let type): append(number, type)
    case .bool(let flag): append(flag ? 1 : 0)
    case .string(let text): append(text: text)
    case .integers(let list, let type): append(type, list) { $0.append($1, type) }
    case .floats(let list, let type): append(type, list) { $0.append($1, type) }
    case .bools(let list): append(.bool, list) { $0.append($1 ? 1 : 0) }
    case .strings(let list): append(.string, list) { $0.append(text: $1) }
    case .arrays(let list): append(.array, list) { $0.append($1) }
    }
  }

  private mutating func append<T>(
    _ type: GGUFValueType, _ list: [T], _ element: (inout Data, T) -> Void
  ) {
    append(integer: type.rawValue)
    append(integer: UInt64(list.count))
    for value in list { element(&self, value) }
  }

  /// - Precondition: the number fits the type.
  private mutating func append(_ number: Int64, _ type: GGUFValueType) {
    switch type {
    case .uint8: append(integer: UInt8(number))
    case .int8: append(integer: Int8(number))
    case .uint16: append(integer: UInt16(number))
    case .int16: append(integer: Int16(number))
    case .uint32: append(integer: UInt32(number))
    case .int32: append(integer: Int32(number))
    case .uint64: append(integer: UInt64(number))
    case .int64: append(integer: number)
    case .float32, .float64, .bool, .string, .array:
      preconditionFailure("GGUF: an integer of type \(type)")
    }
  }

  private mutating func append(_ number: Double, _ type: GGUFValueType) {
    if type == .float32 {
      append(integer: Float(number).bitPattern)
    } else {
      append(integer: number.bitPattern)
    }
  }
}

import Foundation

/// Writes safetensors files whose bytes depend on their content alone: names and metadata sorted,
/// wide types first (so that every tensor is aligned), nothing about time or place.
package struct SafeTensorsWriter {
  private enum Value {
    case floats(Tensor)
    case bytes(ByteTensor)
    case integers([Int32], Shape)
  }

  package var metadata: [String: String] = [:]
  private var values: [String: Value] = [:]

  package init() {}

  package mutating func set(_ name: String, _ tensor: Tensor) { values[name] = .floats(tensor) }

  package mutating func set(_ name: String, _ tensor: ByteTensor) { values[name] = .bytes(tensor) }

  /// Integers under a shape.
  ///
  /// - Precondition: as many integers as the shape has elements.
  package mutating func set(_ name: String, _ integers: [Int32], shape: Shape) {
    precondition(
      integers.count == shape.count, "safetensors: \(integers.count) integers for \(shape)")
    values[name] = .integers(integers, shape)
  }

  /// Writes the file, replacing one that is there: whole or not at all.
  ///
  /// - Throws: the system's refusal where the place cannot be written.
  package func write(to path: String) throws {
    try AtomicFile.replace(path, with: header(), ordered.lazy.map { Self.data(of: $0.value) })
  }

  /// The whole file as bytes.
  package func data() -> Data {
    ordered.reduce(into: header()) { $0.append(Self.data(of: $1.value)) }
  }

  private var ordered: [(name: String, value: Value)] {
    values.map { (name: $0.key, value: $0.value) }.sorted {
      let (left, right) = (Self.type(of: $0.value).byteCount, Self.type(of: $1.value).byteCount)
      return left == right ? $0.name < $1.name : left > right
    }
  }

  private func header() -> Data {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, value) in ordered {
      let (type, shape) = (Self.type(of: value), Self.shape(of: value))
      let end = offset + shape.count * type.byteCount
      let sizes = shape.axes.map(String.init).joined(separator: ",")
      fields.append(
        "\(Self.quoted(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(sizes)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Data("{\(fields.joined(separator: ","))}".utf8)
    json.append(Data(repeating: 0x20, count: (8 - json.count % 8) % 8))
    var result = Data()
    var length = UInt64(json.count)
    for _ in 0..<8 {
      result.append(UInt8(length & 0xFF))
      length >>= 8
    }
    return result + json
  }

  private static func type(of value: Value) -> SafeTensorsType {
    switch value {
    case .floats: .float32
    case .bytes: .uint8
    case .integers: .int32
    }
  }

  private static func shape(of value: Value) -> Shape {
    switch value {
    case .floats(let tensor): tensor.shape
    case .bytes(let tensor): tensor.shape
    case .integers(_, let shape): shape
    }
  }

  private static func data(of value: Value) -> Data {
    switch value {
    case .floats(let tensor): tensor.withUnsafeFloats { Data(bytes: $0, count: tensor.count * 4) }
    case .bytes(let tensor): tensor.withUnsafeBytes { Data(bytes: $0, count: tensor.count) }
    case .integers(let integers, _): integers.withUnsafeBytes { Data($0) }
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

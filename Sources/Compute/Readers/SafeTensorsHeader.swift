import Foundation

/// The JSON part of a safetensors file, as written and then as checked.
struct SafeTensorsHeader {
  /// Longest header accepted: about 100,000 tensors; longer ones only cost memory.
  static let byteLimit = 16 << 20

  let metadata: [String: String]
  let entries: [String: SafeTensorsEntry]

  /// Parses and checks a header.
  ///
  /// - Parameters:
  ///   - json: the header's bytes.
  ///   - dataByteCount: bytes of the file behind the header.
  ///   - path: for errors.
  /// - Throws: every way in which a tensor could lie outside the file, overlap another one or
  ///   have an impossible size.
  init(json: Data, dataByteCount: Int, path: String) throws(SafeTensorsError) {
    let raw: [String: RawEntry]
    do {
      raw = try JSONDecoder().decode([String: RawEntry].self, from: json)
    } catch {
      throw .headerNotJSON(path: path, reason: "it does not parse")
    }
    var metadata: [String: String] = [:]
    var entries: [String: SafeTensorsEntry] = [:]
    for (name, entry) in raw {
      switch entry {
      case .metadata(let values):
        guard name == "__metadata__" else {
          throw .badEntry(path: path, name: name, reason: "dtype, shape or data_offsets is missing")
        }
        metadata = values
      case .tensor(let type, let shape, let offsets):
        do {
          entries[name] = try Self.check(
            type: type, shape: shape, offsets: offsets, dataByteCount: dataByteCount)
        } catch {
          throw .badEntry(path: path, name: name, reason: error.reason)
        }
      }
    }
    try Self.checkCover(entries, dataByteCount: dataByteCount, path: path)
    self.metadata = metadata
    self.entries = entries
  }

  private struct Refusal: Error {
    let reason: String
  }

  private static func check(
    type: String, shape: [Int], offsets: [Int], dataByteCount: Int
  ) throws(Refusal) -> SafeTensorsEntry {
    guard let type = SafeTensorsType(rawValue: type) else {
      throw Refusal(reason: "dtype \"\(type)\" is not one of F32, F16, BF16, U8, I32, I64")
    }
    guard shape.count <= Shape.maximumRank, shape.allSatisfy({ (0...Int(Int32.max)) ~= $0 })
    else {
      throw Refusal(
        reason: "shape \(shape) has a size outside 0...\(Int32.max), or more than "
          + "\(Shape.maximumRank) of them")
    }
    var byteCount = type.byteCount
    for size in shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      guard !overflow else { throw Refusal(reason: "shape \(shape) is too large") }
      byteCount = product
    }
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1],
      offsets[1] <= dataByteCount
    else {
      throw Refusal(
        reason: "data_offsets \(offsets) do not lie in the file's \(dataByteCount) data bytes")
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw Refusal(
        reason: "data_offsets \(offsets) span \(offsets[1] - offsets[0]) bytes, but "
          + "\(type.rawValue) of shape \(shape) needs \(byteCount)")
    }
    return SafeTensorsEntry(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Tensors must cover the data without overlap or gap.
  private static func checkCover(
    _ entries: [String: SafeTensorsEntry], dataByteCount: Int, path: String
  ) throws(SafeTensorsError) {
    var end = 0
    let ordered = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    for (name, entry) in ordered {
      guard entry.range.lowerBound == end else {
        let problem = entry.range.lowerBound < end ? "overlaps its neighbour" : "leaves a gap"
        throw .badLayout(
          path: path, reason: "tensor \"\(name)\" \(problem) at data byte \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == dataByteCount else {
      throw .badLayout(
        path: path,
        reason: "the tensors end at data byte \(end), the file at \(dataByteCount)")
    }
  }
}

/// A value of the header object before any check.
private enum RawEntry: Decodable {
  case tensor(type: String, shape: [Int], offsets: [Int])
  case metadata([String: String])

  private enum Key: String, CodingKey {
    case type = "dtype"
    case shape
    case offsets = "data_offsets"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    if fields.contains(.offsets) {
      self = .tensor(
        type: try fields.decode(String.self, forKey: .type),
        shape: try fields.decode([Int].self, forKey: .shape),
        offsets: try fields.decode([Int].self, forKey: .offsets))
    } else {
      self = .metadata(try decoder.singleValueContainer().decode([String: String].self))
    }
  }
}

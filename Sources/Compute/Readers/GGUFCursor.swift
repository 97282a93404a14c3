/// Reads the front of a GGUF file piece by piece. Every length is compared with the bytes that are
/// left before anything is allocated for it.
struct GGUFCursor {
  /// Longest text: chat templates take some thousand bytes.
  static let stringLimit = 1 << 20
  /// Most elements of a list: the largest vocabularies have some 300,000.
  static let arrayLimit = 1 << 22
  /// Lists in lists: none is known to need more.
  static let depthLimit = 3
  /// Most bytes before the tensors: the largest vocabularies take some 20 MB.
  static let frontLimit = 64 << 20

  let path: String
  private let file: RandomAccessFile
  /// Place in the file of what is read next.
  private(set) var offset = 0
  private var window: [UInt8] = []
  private var windowStart = 0

  private static let windowByteCount = 1 << 16

  init(path: String, file: RandomAccessFile) {
    self.path = path
    self.file = file
  }

  private var left: Int { min(file.byteCount, Self.frontLimit) - offset }

  /// The next bytes as indices of `window`.
  private mutating func take(_ count: UInt64, _ what: String) throws(GGUFError) -> Range<Int> {
    guard count <= UInt64(left) else {
      throw GGUFError(
        path: path, .truncated(what: what, offset: offset, needed: count, left: left))
    }
    let count = Int(count)
    if offset + count > windowStart + window.count {
      let size = min(max(count, Self.windowByteCount), left)
      window = try file.bytes(offset..<offset + size, path: path)
      windowStart = offset
    }
    let start = offset - windowStart
    offset += count
    return start..<start + count
  }

  mutating func bytes(_ count: Int, _ what: String) throws(GGUFError) -> [UInt8] {
    let range = try take(UInt64(count), what)
    return [UInt8](window[range])
  }

  mutating func integer<T: FixedWidthInteger>(
    _ what: String, as type: T.Type = T.self
  ) throws(GGUFError) -> T {
    let range = try take(UInt64(MemoryLayout<T>.size), what)
    return T(
      littleEndian: window.withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self)
      })
  }

  /// A count that must not exceed a limit.
  mutating func count(_ what: String, limit: Int) throws(GGUFError) -> Int {
    let count: UInt64 = try integer(what)
    guard count <= UInt64(limit) else {
      throw GGUFError(path: path, .tooLarge(what: what, value: count, limit: limit))
    }
    return Int(count)
  }

  mutating func string(
    _ what: String, limit: Int = Self.stringLimit
  ) throws(GGUFError) -> String {
    let length = try count("the length of \(what)", limit: limit)
    let range = try take(UInt64(length), what)
    guard let text = String(validating: window[range], as: UTF8.self) else {
      throw GGUFError(path: path, .notText(what: what))
    }
    return text
  }

  /// A metadata value with the type before it.
  mutating func value(of key: String) throws(GGUFError) -> GGUFValue {
    try value(type(of: key), of: key, depth: 0)
  }

  private mutating func type(of key: String) throws(GGUFError) -> GGUFValueType {
    let number: UInt32 = try integer("the type of key \"\(key)\"")
    guard let type = GGUFValueType(rawValue: number) else {
      throw GGUFError(path: path, .valueType(key: key, number: number))
    }
    return type
  }

  private mutating func value(
    _ type: GGUFValueType, of key: String, depth: Int
  ) throws(GGUFError) -> GGUFValue {
    switch type {
    case .float32, .float64: .float(try float(type, key), type)
    case .bool: .bool(try bool(key))
    case .string: .string(try string("key \"\(key)\""))
    case .array: try array(of: key, depth: depth + 1)
    default: .integer(try integer(type, key), type)
    }
  }

  private mutating func array(of key: String, depth: Int) throws(GGUFError) -> GGUFValue {
    guard depth <= Self.depthLimit else {
      throw GGUFError(path: path, .nestedTooDeep(key: key, limit: Self.depthLimit))
    }
    let type = try type(of: key)
    let count = try count("the number of elements of key \"\(key)\"", limit: Self.arrayLimit)
    guard count * type.byteCount <= left else {
      throw GGUFError(
        path: path,
        .truncated(
          what: "key \"\(key)\"", offset: offset, needed: UInt64(count * type.byteCount),
          left: left))
    }
    switch type {
    case .float32, .float64:
      return .floats(
        try list(count) { (cursor) throws(GGUFError) in try cursor.float(type, key) }, type)
    case .bool:
      return .bools(try list(count) { (cursor) throws(GGUFError) in try cursor.bool(key) })
    case .string:
      let what = "a text of key \"\(key)\""
      return .strings(try list(count) { (cursor) throws(GGUFError) in try cursor.string(what) })
    case .array:
      return .arrays(
        try list(count) { (cursor) throws(GGUFError) in
          try cursor.array(of: key, depth: depth + 1)
        })
    default:
      return .integers(
        try list(count) { (cursor) throws(GGUFError) in try cursor.integer(type, key) }, type)
    }
  }

  private mutating func list<T>(
    _ count: Int, _ element: (inout Self) throws(GGUFError) -> T
  ) throws(GGUFError) -> [T] {
    var list: [T] = []
    list.reserveCapacity(count)
    for _ in 0..<count { list.append(try element(&self)) }
    return list
  }

  private mutating func float(
    _ type: GGUFValueType, _ key: String
  ) throws(GGUFError) -> Double {
    if type == .float32 {
      return Double(Float(bitPattern: try integer(key, as: UInt32.self)))
    }
    return Double(bitPattern: try integer(key, as: UInt64.self))
  }

  private mutating func bool(_ key: String) throws(GGUFError) -> Bool {
    let byte: UInt8 = try integer(key)
    guard byte <= 1 else { throw GGUFError(path: path, .notBool(key: key, value: byte)) }
    return byte == 1
  }

  private mutating func integer(
    _ type: GGUFValueType, _ key: String
  ) throws(GGUFError) -> Int64 {
    switch type {
    case .uint8: return Int64(try integer(key, as: UInt8.self))
    case .int8: return Int64(try integer(key, as: Int8.self))
    case .uint16: return Int64(try integer(key, as: UInt16.self))
    case .int16: return Int64(try integer(key, as: Int16.self))
    case .uint32: return Int64(try integer(key, as: UInt32.self))
    case .int32: return Int64(try integer(key, as: Int32.self))
    case .int64: return try integer(key, as: Int64.self)
    case .uint64: return Int64(try count("key \"\(key)\"", limit: .max))
    case .float32, .float64, .bool, .string, .array:
      preconditionFailure("GGUF: \(type) is not an integer type")
    }
  }
}

extension RandomAccessFile {
  /// A range of the file in memory.
  func bytes(_ range: Range<Int>, path: String) throws(GGUFError) -> [UInt8] {
    var refusal: Refusal?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      do throws(Refusal) {
        let part = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
        try read(into: part, at: range.lowerBound)
        count = range.count
      } catch {
        refusal = error
        count = 0
      }
    }
    if let refusal { throw GGUFError(path: path, .unreadable(reason: refusal.reason)) }
    return bytes
  }
}

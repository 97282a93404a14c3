/// Types of metadata values, by their number in the file.
package enum GGUFValueType: UInt32, Sendable {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// Bytes of one value, at least: texts and arrays have a length before their content.
  var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}

/// A metadata value of a GGUF file, with what is needed to write it again.
package indirect enum GGUFValue: Sendable, Equatable {
  case integer(Int64, GGUFValueType)
  case float(Double, GGUFValueType)
  case bool(Bool)
  case string(String)
  case integers([Int64], GGUFValueType)
  case floats([Double], GGUFValueType)
  case bools([Bool])
  case strings([String])
  case arrays([GGUFValue])

  /// What it is, for errors: its value where that is short.
  var words: String {
    switch self {
    case .integer(let value, _): "\(value)"
    case .float(let value, _): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): "\"\(value.prefix(40))\""
    case .integers(let values, _): "a list of \(values.count) integers"
    case .floats(let values, _): "a list of \(values.count) numbers"
    case .bools(let values): "a list of \(values.count) truth values"
    case .strings(let values): "a list of \(values.count) texts"
    case .arrays(let values): "a list of \(values.count) lists"
    }
  }
}

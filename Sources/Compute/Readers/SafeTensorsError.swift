/// Why a safetensors file was refused.
package enum SafeTensorsError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case tooShort(path: String, byteCount: Int)
  case headerTooLong(path: String, byteCount: UInt64, limit: Int)
  case headerNotJSON(path: String, reason: String)
  case badEntry(path: String, name: String, reason: String)
  case badLayout(path: String, reason: String)
  case missing(path: String, name: String)
  case wrongType(path: String, name: String, found: String, expected: String)

  package var description: String {
    let remedy = "fix: make the file again, or fetch it again if it was copied"
    switch self {
    case .unreadable(let path, let reason):
      return "\(path): cannot be read: \(reason)\nfix: check the path and its permissions"
    case .tooShort(let path, let byteCount):
      return "\(path): \(byteCount) bytes are too few for a safetensors file, which starts with "
        + "8 bytes of header length\n\(remedy)"
    case .headerTooLong(let path, let byteCount, let limit):
      return "\(path): the header claims \(byteCount) bytes, at most \(limit) are possible here "
        + "(the rest of the file, 16 MiB at most)\n\(remedy)"
    case .headerNotJSON(let path, let reason):
      return "\(path): the header is not the JSON object that safetensors asks for: \(reason)\n"
        + remedy
    case .badEntry(let path, let name, let reason):
      return "\(path): tensor \"\(name)\": \(reason)\n\(remedy)"
    case .badLayout(let path, let reason):
      return "\(path): \(reason)\n\(remedy)"
    case .missing(let path, let name):
      return "\(path): no tensor \"\(name)\"\nfix: use a file written for this model"
    case .wrongType(let path, let name, let found, let expected):
      return "\(path): tensor \"\(name)\" is \(found), expected \(expected)\n"
        + "fix: use a file written for this model"
    }
  }
}

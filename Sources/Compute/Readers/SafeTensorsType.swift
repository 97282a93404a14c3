/// Element types of safetensors that this program reads.
package enum SafeTensorsType: String, Sendable {
  case float32 = "F32"
  case uint8 = "U8"
  case int32 = "I32"

  var byteCount: Int {
    switch self {
    case .uint8: 1
    case .float32, .int32: 4
    }
  }
}

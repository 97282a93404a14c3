/// Element types of safetensors that this program reads; it writes F32, U8 and I32.
package enum SafeTensorsType: String, Sendable {
  case float32 = "F32"
  case uint8 = "U8"
  case int32 = "I32"
  case int64 = "I64"
  case float16 = "F16"
  case bfloat16 = "BF16"

  var byteCount: Int {
    switch self {
    case .uint8: 1
    case .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .int64: 8
    }
  }
}

internal import CKernels

/// Element types of GGUF tensors that this program reads, by their number in the file.
package enum GGUFType: UInt32, Sendable, CaseIterable {
  case float32 = 0
  case float16 = 1
  case q40 = 2
  case q41 = 3
  case q50 = 6
  case q51 = 7
  case q80 = 8
  case q4K = 12
  case q6K = 14
  case bfloat16 = 30

  /// Weights of a block; a row holds whole blocks.
  package var blockCount: Int {
    switch self {
    case .float32, .float16, .bfloat16: 1
    case .q40, .q41, .q50, .q51, .q80: 32
    case .q4K, .q6K: 256
    }
  }

  /// Bytes of a block.
  package var blockByteCount: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    case .q40: ck_q4_0_bytes
    case .q41: ck_q4_1_bytes
    case .q50: ck_q5_0_bytes
    case .q51: ck_q5_1_bytes
    case .q80: ck_q8_0_bytes
    case .q4K: ck_q4_k_bytes
    case .q6K: ck_q6_k_bytes
    }
  }

  /// The name that other programs print.
  package var name: String { Self.name(of: rawValue) ?? "type \(rawValue)" }

  /// The name of any type of the format, read here or not.
  static func name(of number: UInt32) -> String? { names[number] }

  private static let names: [UInt32: String] = [
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
    10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS",
    17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
    23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16",
    34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
  ]

  /// Writes the weights of whole blocks.
  ///
  /// - Parameters:
  ///   - blocks: of this type.
  ///   - count: how many.
  ///   - y: `count * blockCount` floats.
  func dequantize(
    _ blocks: UnsafePointer<UInt8>, count: Int, to y: UnsafeMutablePointer<Float>
  ) {
    let number = Int64(count)
    switch self {
    case .float32:
      UnsafeMutableRawPointer(y).copyMemory(from: blocks, byteCount: count * 4)
    case .float16: ck_widen_f16(y, blocks, number)
    case .bfloat16: ck_widen_bf16(y, blocks, number)
    case .q40: ck_dequantize_q4_0(y, blocks, number)
    case .q41: ck_dequantize_q4_1(y, blocks, number)
    case .q50: ck_dequantize_q5_0(y, blocks, number)
    case .q51: ck_dequantize_q5_1(y, blocks, number)
    case .q80: ck_dequantize_q8_0(y, blocks, number)
    case .q4K: ck_dequantize_q4_k(y, blocks, number)
    case .q6K: ck_dequantize_q6_k(y, blocks, number)
    }
  }
}

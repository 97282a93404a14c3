import Compute
import Foundation

/// A vocabulary small enough to know by heart: three special tokens, the 256 bytes, four merges.
enum TinyVocabulary {
  static let specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
  static let merges = ["a b", "ab ab", "Ġ ab", "é Ģ"]

  /// The printable characters of the 256 bytes, written out by their rule.
  static let bytes: [String] = {
    let plain = Array(33...126) + Array(161...172) + Array(174...255)
    var next = 0x100
    return (0...255).map { (byte: Int) -> String in
      let code = plain.contains(byte) ? byte : next
      if !plain.contains(byte) { next += 1 }
      return Unicode.Scalar(code).map { String($0) } ?? ""
    }
  }()

  static func metadata(without missing: Set<Int> = []) -> [String: GGUFValue] {
    let kept = bytes.indices.filter { !missing.contains($0) }.map { bytes[$0] }
    let tokens = specials + kept + merges.map { $0.replacing(" ", with: "") }
    let types = specials.map { _ in Int64(3) } + tokens.dropFirst(3).map { _ in Int64(1) }
    return [
      "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string("smollm"),
      "tokenizer.ggml.tokens": .strings(tokens), "tokenizer.ggml.merges": .strings(merges),
      "tokenizer.ggml.token_type": .integers(types, .int32),
      "tokenizer.ggml.eos_token_id": .integer(2, .uint32),
    ]
  }

  static func tokenizer(_ metadata: [String: GGUFValue] = metadata()) throws -> Tokenizer {
    var writer = GGUFWriter()
    writer.metadata = metadata
    return try GGUFTests.withFile(writer.data()) { try Tokenizer(GGUFFile(reading: $0)) }
  }
}

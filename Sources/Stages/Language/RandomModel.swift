import Compute

/// A small random model of the Llama form, for tests and trials on machines without a real one: what
/// it says means nothing, but everything that handles a model can handle it.
///
/// 2 layers, width 64, 4 query and 2 key heads, 304 tokens: three of special meaning, the 256 bytes,
/// 45 pairs of frequent letters. Matrices are Q8_0 blocks, norms floats.
package enum RandomModel {
  static let version = 1
  private static let (layers, width, hidden, keyWidth) = (2, 64, 96, 32)
  private static let specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

  private static let merges: [String] = {
    let letters = "etaoins".map(String.init)
    return Array(letters.flatMap { left in letters.map { "\(left) \($0)" } }.prefix(45))
  }()

  private static let tokens =
    specials + Tokenizer.byteTexts + merges.map { $0.replacing(" ", with: "") }

  /// The file's metadata.
  package static func metadata(context: Int64 = 1024) -> [String: GGUFValue] {
    let types = specials.map { _ in Int64(3) } + tokens.dropFirst(3).map { _ in Int64(1) }
    return [
      "general.architecture": .string("llama"), "general.name": .string("random"),
      "llama.block_count": .integer(Int64(layers), .uint32),
      "llama.embedding_length": .integer(Int64(width), .uint32),
      "llama.feed_forward_length": .integer(Int64(hidden), .uint32),
      "llama.attention.head_count": .integer(4, .uint32),
      "llama.attention.head_count_kv": .integer(2, .uint32),
      "llama.attention.layer_norm_rms_epsilon": .float(1e-5, .float32),
      "llama.context_length": .integer(context, .uint32),
      "llama.rope.freq_base": .float(10_000, .float32),
      "llama.rope.dimension_count": .integer(16, .uint32),
      "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string("smollm"),
      "tokenizer.ggml.tokens": .strings(tokens), "tokenizer.ggml.merges": .strings(merges),
      "tokenizer.ggml.token_type": .integers(types, .int32),
      "tokenizer.ggml.eos_token_id": .integer(2, .uint32),
    ]
  }

  /// The file.
  package static func writer(
    metadata: [String: GGUFValue] = metadata(), seed: Int = 0
  ) -> GGUFWriter {
    var writer = GGUFWriter()
    writer.metadata = metadata
    func matrix(_ name: String, _ rows: Int, _ columns: Int) {
      var random = RandomStream.generator(seed: UInt64(seed), purpose: name)
      let values = (0..<rows * columns).map { _ in Float(random.gaussian()) * 0.1 }
      writer.add(name, QuantizedMatrix(roundingToQ8: Tensor(values, shape: [rows, columns])))
    }
    func norm(_ name: String) { writer.add(name, Tensor(repeating: 1, shape: [width])) }
    matrix("token_embd.weight", tokens.count, width)
    for layer in 0..<layers {
      let block = "blk.\(layer)"
      norm("\(block).attn_norm.weight")
      matrix("\(block).attn_q.weight", width, width)
      matrix("\(block).attn_k.weight", keyWidth, width)
      matrix("\(block).attn_v.weight", keyWidth, width)
      matrix("\(block).attn_output.weight", width, width)
      norm("\(block).ffn_norm.weight")
      matrix("\(block).ffn_gate.weight", hidden, width)
      matrix("\(block).ffn_up.weight", hidden, width)
      matrix("\(block).ffn_down.weight", width, hidden)
    }
    norm("output_norm.weight")
    return writer
  }
}

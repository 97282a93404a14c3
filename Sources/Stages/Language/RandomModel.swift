import Compute

/// A small random model of the Llama form, for tests and trials on machines without a real one:
/// what it says means nothing, but everything that handles a model can handle it.
///
/// 2 layers, width 64, 4 query and 2 key heads, 304 tokens: three of special meaning, the 256
/// bytes, 45 pairs of frequent letters. Matrices are Q8_0 blocks, norms floats.
package enum RandomModel {
  static let version = 1
  private static let specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

  private static let merges: [String] = {
    let letters = "etaoins".map(String.init)
    return Array(letters.flatMap { left in letters.map { "\(left) \($0)" } }.prefix(45))
  }()

  private static let tokens =
    specials + Tokenizer.byteTexts + merges.map { $0.replacing(" ", with: "") }

  private static let configuration = LlamaConfiguration(
    vocabulary: tokens.count, layers: 2, width: 64, heads: 4, keyHeads: 2, hidden: 96,
    contextLength: 1024)

  /// The file's metadata.
  package static func metadata(context: Int64 = 1024) -> [String: GGUFValue] {
    let types = specials.map { _ in Int64(3) } + tokens.dropFirst(3).map { _ in Int64(1) }
    func size(_ keyPath: KeyPath<LlamaConfiguration, Int>) -> GGUFValue {
      .integer(Int64(configuration[keyPath: keyPath]), .uint32)
    }
    return [
      "general.architecture": .string("llama"), "general.name": .string("random"),
      "llama.block_count": size(\.layers),
      "llama.embedding_length": size(\.width),
      "llama.feed_forward_length": size(\.hidden),
      "llama.attention.head_count": size(\.heads),
      "llama.attention.head_count_kv": size(\.keyHeads),
      "llama.attention.layer_norm_rms_epsilon": .float(1e-5, .float32),
      "llama.context_length": .integer(context, .uint32),
      "llama.rope.freq_base": .float(10_000, .float32),
      "llama.rope.dimension_count": size(\.headSize),
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
    func matrix(_ tensor: LlamaTensor) {
      let shape = tensor.shape(of: configuration)
      var random = RandomStream.generator(seed: UInt64(seed), purpose: tensor.name)
      let values = (0..<shape[0] * shape[1]).map { _ in Float(random.gaussian()) * 0.1 }
      writer.add(
        tensor.name, QuantizedMatrix(roundingToQ8: Tensor(values, shape: Shape(shape))))
    }
    func norm(_ tensor: LlamaTensor) {
      writer.add(tensor.name, Tensor(repeating: 1, shape: [configuration.width]))
    }
    matrix(.embedding)
    for layer in 0..<configuration.layers {
      norm(.attentionNorm(layer: layer))
      for part in LayerMatrix.allCases {
        // In the order of the computation, as other programs write it.
        if part == .gate { norm(.mlpNorm(layer: layer)) }
        matrix(.matrix(part, layer: layer))
      }
    }
    norm(.outputNorm)
    return writer
  }
}

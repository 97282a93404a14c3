/// Sizes and constants of a decoder of the Llama family (Llama, SmolLM2, Qwen2).
package struct LlamaConfiguration: Sendable, Equatable {
  /// Tokens known, V.
  package var vocabulary: Int
  package var layers: Int
  /// Floats of a token between the layers, C.
  package var width: Int
  /// Query heads; `heads / keyHeads` of them share a key head.
  package var heads: Int
  package var keyHeads: Int
  /// Floats of a head, E.
  package var headSize: Int
  /// Floats between the products of the gated MLP.
  package var hidden: Int
  /// Added to the mean square in the norms.
  package var eps: Float
  /// Tokens that the model was trained on; positions from here on are extrapolation.
  package var contextLength: Int
  package var rotaryBase: Double
  /// Pairs of a head that are turned: interleaved in GGUF files of Llama, halves in those of Qwen2.
  package var rotaryLayout: RotaryPositions.Layout
  /// Whether queries, keys and values have biases (Qwen2).
  package var hasBiases: Bool
  /// Whether the output head is the embedding.
  package var isTied: Bool

  /// A configuration.
  ///
  /// - Precondition: all sizes at least 1, `heads` a multiple of `keyHeads`, an even head size.
  package init(
    vocabulary: Int, layers: Int, width: Int, heads: Int, keyHeads: Int, headSize: Int? = nil,
    hidden: Int, eps: Float = 1e-5, contextLength: Int, rotaryBase: Double = 10_000,
    rotaryLayout: RotaryPositions.Layout = .interleaved, hasBiases: Bool = false,
    isTied: Bool = true
  ) {
    self.vocabulary = vocabulary
    self.layers = layers
    self.width = width
    self.heads = heads
    self.keyHeads = keyHeads
    self.headSize = headSize ?? width / max(1, heads)
    self.hidden = hidden
    self.eps = eps
    self.contextLength = contextLength
    self.rotaryBase = rotaryBase
    self.rotaryLayout = rotaryLayout
    self.hasBiases = hasBiases
    self.isTied = isTied
    precondition(
      [vocabulary, layers, width, heads, keyHeads, self.headSize, hidden, contextLength]
        .allSatisfy { $0 >= 1 } && heads % keyHeads == 0 && self.headSize % 2 == 0 && eps > 0,
      "llama: impossible sizes in \(self)")
  }

  /// Query heads that share a key head.
  package var group: Int { heads / keyHeads }
  /// Floats of all queries, and of all keys, of a token.
  var queryColumns: Int { heads * headSize }
  var keyColumns: Int { keyHeads * headSize }

  /// Multiply-adds of the linear layers for one token, times two; without the output head.
  package var flopsPerToken: Double {
    let attention = width * (queryColumns + 2 * keyColumns) + queryColumns * width
    return 2 * Double(layers) * Double(attention + 3 * width * hidden)
  }

  /// The same of attention for each token and each key that it sees.
  package var attentionFlopsPerKey: Double { 4 * Double(layers * queryColumns) }

  /// Bytes of one token in a cache of all layers.
  package var cacheBytesPerToken: Int { 2 * layers * keyColumns * MemoryLayout<Float>.stride }

  /// The tensors of a GGUF file.
  package var tensors: [LlamaTensor] {
    var tensors: [LlamaTensor] = [.embedding, .outputNorm]
    if !isTied { tensors.append(.head) }
    for layer in 0..<layers {
      tensors += [.attentionNorm(layer: layer), .mlpNorm(layer: layer)]
      tensors += LayerMatrix.allCases.map { .matrix($0, layer: layer) }
      let biased = LayerMatrix.allCases.filter { hasBiases && $0.mayHaveBias }
      tensors += biased.map { .bias($0, layer: layer) }
    }
    return tensors
  }

  /// Their names and shapes, outermost size first.
  package var tensorShapes: [(name: String, shape: [Int])] {
    tensors.map { ($0.name, $0.shape(of: self)) }
  }
}

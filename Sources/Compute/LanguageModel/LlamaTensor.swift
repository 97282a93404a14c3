/// A tensor of a decoder of the Llama family: its name and shape in GGUF files.
package enum LlamaTensor: Hashable, Sendable {
  /// The output head too where tied.
  case embedding
  case outputNorm
  /// Only where not tied.
  case head
  case attentionNorm(layer: Int)
  case mlpNorm(layer: Int)
  case matrix(LayerMatrix, layer: Int)
  case bias(LayerMatrix, layer: Int)

  package var name: String {
    switch self {
    case .embedding: "token_embd.weight"
    case .outputNorm: "output_norm.weight"
    case .head: "output.weight"
    case .attentionNorm(let layer): "blk.\(layer).attn_norm.weight"
    case .mlpNorm(let layer): "blk.\(layer).ffn_norm.weight"
    case .matrix(let matrix, let layer): matrix.name(layer: layer)
    case .bias(let matrix, let layer): "blk.\(layer).\(matrix.rawValue).bias"
    }
  }

  /// Outermost size first.
  package func shape(of c: LlamaConfiguration) -> [Int] {
    switch self {
    case .embedding, .head: [c.vocabulary, c.width]
    case .outputNorm, .attentionNorm, .mlpNorm: [c.width]
    case .matrix(let matrix, _): [matrix.outputs(of: c), matrix.inputs(of: c)]
    case .bias(let matrix, _): [matrix.outputs(of: c)]
    }
  }
}

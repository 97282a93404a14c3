/// A decoder of the Llama family, ready to compute: weights packed, nothing that changes.
///
/// The reference is float32 arithmetic on the weights as floats. A token has the same bits whether
/// it is computed alone or among others as long as the same kernel takes its attention, and on any
/// number of lanes.
///
/// - Source: Touvron et al. 2023; Ainslie et al. 2023 (grouped queries).
package struct LanguageModel: Sendable {
  struct Layer: Sendable {
    let attentionNorm: Tensor
    /// Queries, keys and values one below the other.
    let queryKeyValue: PackedMatrix
    let biases: Tensor?
    let attentionOutput: PackedMatrix
    let mlpNorm: Tensor
    /// Gate above the values.
    let gateUp: PackedMatrix
    let down: PackedMatrix
  }

  package let configuration: LlamaConfiguration
  let embedding: PackedMatrix
  let layers: [Layer]
  let outputNorm: Tensor
  /// The embedding where tied.
  let head: PackedMatrix

  /// Reads and packs all weights.
  ///
  /// - Parameters:
  ///   - configuration: sizes.
  ///   - weights: where they come from.
  ///   - lanes: cores to use.
  /// - Throws: what `weights` throws.
  package init(
    _ configuration: LlamaConfiguration, weights: some WeightSource, lanes: Lanes
  ) throws {
    let c = configuration
    func vector(_ name: String, _ count: Int) throws -> Tensor {
      try weights.tensor(named: name, shape: [count], lanes: lanes)
    }
    func matrix(_ names: [(name: String, shape: [Int])]) throws -> PackedMatrix {
      PackedMatrix(
        try names.map { try weights.tensor(named: $0.name, shape: $0.shape, lanes: lanes) },
        blocks: try names.map { try weights.blocks(named: $0.name, shape: $0.shape) },
        lanes: lanes)
    }
    func matrix(_ parts: [LayerMatrix], _ layer: Int) throws -> PackedMatrix {
      try matrix(parts.map { ($0.name(layer: layer), [$0.outputs(of: c), $0.inputs(of: c)]) })
    }
    self.configuration = c
    embedding = try matrix([("token_embd.weight", [c.vocabulary, c.width])])
    head = c.isTied ? embedding : try matrix([("output.weight", [c.vocabulary, c.width])])
    outputNorm = try vector("output_norm.weight", c.width)
    layers = try (0..<c.layers).map { layer in
      let biases = try LayerMatrix.allCases.filter { c.hasBiases && $0.mayHaveBias }.map {
        try vector($0.biasName(layer: layer), $0.outputs(of: c)).reshaped([$0.outputs(of: c), 1])
      }
      let bias = biases.isEmpty ? nil : Tensor(concatenatingRows: biases, rowShape: [1])
      return Layer(
        attentionNorm: try vector("blk.\(layer).attn_norm.weight", c.width),
        queryKeyValue: try matrix([.query, .key, .value], layer),
        biases: bias.map { $0.reshaped([$0.count]) },
        attentionOutput: try matrix([.attentionOutput], layer),
        mlpNorm: try vector("blk.\(layer).ffn_norm.weight", c.width),
        gateUp: try matrix([.gate, .up], layer), down: try matrix([.down], layer))
    }
  }

  /// Whether all matrices have quantised blocks, so that `WeightForm.blocks` means something.
  package var hasBlocks: Bool {
    head.hasBlocks
      && layers.allSatisfy {
        $0.queryKeyValue.hasBlocks && $0.attentionOutput.hasBlocks && $0.gateUp.hasBlocks
          && $0.down.hasBlocks
      }
  }
}

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
    func tensor(_ tensor: LlamaTensor) throws -> Tensor {
      try weights.tensor(named: tensor.name, shape: tensor.shape(of: c), lanes: lanes)
    }
    func matrix(_ parts: LlamaTensor...) throws -> PackedMatrix {
      PackedMatrix(
        try parts.map(tensor),
        blocks: try parts.map { try weights.blocks(named: $0.name, shape: $0.shape(of: c)) },
        lanes: lanes)
    }
    self.configuration = c
    embedding = try matrix(.embedding)
    head = c.isTied ? embedding : try matrix(.head)
    outputNorm = try tensor(.outputNorm)
    layers = try (0..<c.layers).map { layer in
      func part(_ matrix: LayerMatrix) -> LlamaTensor { .matrix(matrix, layer: layer) }
      let biases = try LayerMatrix.allCases.filter { c.hasBiases && $0.mayHaveBias }.map {
        try tensor(.bias($0, layer: layer)).reshaped([$0.outputs(of: c), 1])
      }
      let bias = biases.isEmpty ? nil : Tensor(concatenatingRows: biases, rowShape: [1])
      return Layer(
        attentionNorm: try tensor(.attentionNorm(layer: layer)),
        queryKeyValue: try matrix(part(.query), part(.key), part(.value)),
        biases: bias.map { $0.reshaped([$0.count]) },
        attentionOutput: try matrix(part(.attentionOutput)),
        mlpNorm: try tensor(.mlpNorm(layer: layer)),
        gateUp: try matrix(part(.gate), part(.up)), down: try matrix(part(.down)))
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

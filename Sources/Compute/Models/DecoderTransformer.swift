/// A causal language model: token embedding, blocks, a norm, and a head over the vocabulary.
///
/// To train from scratch, as `bench training` does; `LanguageModel` runs what a file holds, and
/// `LanguageModelTrainer` tunes it.
///
/// - Source: Touvron et al. 2023 (Llama).
package final class DecoderTransformer {
  package struct Configuration: Sendable, Equatable {
    /// Tokens known, V.
    package var vocabulary: Int
    package var layers: Int
    package var block: TransformerBlock.Configuration
    /// Tokens of the longest sequence whose positions count from 0.
    package var maximumLength: Int
    /// Base of the rotary positions.
    package var rotaryBase: Double
    package var rotaryLayout: RotaryPositions.Layout
    /// Whether the head is the transposed embedding.
    package var isTied: Bool

    /// A configuration.
    ///
    /// - Precondition: vocabulary, layers and maximum length at least 1.
    package init(
      vocabulary: Int, layers: Int, block: TransformerBlock.Configuration,
      maximumLength: Int = 2_048, rotaryBase: Double = 10_000,
      rotaryLayout: RotaryPositions.Layout = .halves, isTied: Bool = false
    ) {
      precondition(
        vocabulary >= 1 && layers >= 1 && maximumLength >= 1,
        "decoder: vocabulary \(vocabulary), \(layers) layers, maximum length \(maximumLength)")
      self.vocabulary = vocabulary
      self.layers = layers
      self.block = block
      self.maximumLength = maximumLength
      self.rotaryBase = rotaryBase
      self.rotaryLayout = rotaryLayout
      self.isTied = isTied
    }
  }

  package let configuration: Configuration
  package let parameters: ParameterArena

  private let embedding: ParameterLayout.Entry
  private let blocks: [TransformerBlock]
  private let norm: TransformerNorm
  /// Nil when tied.
  private let head: Projection?
  /// Angles of the positions from 0 up to the maximum length.
  private let rotary: RotaryPositions

  /// A network with first values drawn from `seed`; nil leaves zeros, for a network about to be
  /// read.
  package init(_ configuration: Configuration, seed: UInt64?) {
    var layout = ParameterLayout()
    let (width, vocabulary) = (configuration.block.width, configuration.vocabulary)
    embedding = layout.add(
      "embedding", [vocabulary, width], .normal(deviation: Projection.deviation))
    blocks = (0..<configuration.layers).map {
      TransformerBlock(
        "blocks.\($0)", configuration.block, depth: configuration.layers, layout: &layout)
    }
    norm = TransformerNorm("norm", configuration.block.norm, width, layout: &layout)
    head =
      configuration.isTied
      ? nil : Projection("head", from: width, to: vocabulary, hasBias: false, layout: &layout)
    rotary = RotaryPositions(
      Array(0..<configuration.maximumLength), headSize: configuration.block.headSize,
      base: configuration.rotaryBase, layout: configuration.rotaryLayout)
    self.configuration = configuration
    parameters = ParameterArena(layout, seed: seed)
  }

  /// Angles of consecutive positions from 0, shared by all sequences of a length.
  ///
  /// - Precondition: `length` is at most the configuration's `maximumLength`.
  package func positions(length: Int) -> RotaryPositions {
    precondition(
      length <= rotary.count, "decoder: length \(length), at most \(rotary.count) positions")
    return rotary.prefix(length)
  }

  /// What enters the head for every token.
  ///
  /// - Parameters:
  ///   - ids: `sequences * length` tokens, sequence after sequence.
  ///   - batch: sequences, their length and positions; positions from 0 if it has none.
  ///   - tape: records the ops.
  ///   - checkpointing: whether blocks are computed again on the way back instead of kept.
  /// - Returns: `[ids.count, width]`.
  package func hidden(
    _ ids: [Int32], _ batch: TransformerBlock.Batch, on tape: Tape, checkpointing: Bool = false
  ) -> Variable {
    precondition(
      ids.count == batch.sequences * batch.length,
      "decoder: \(ids.count) tokens for \(batch.sequences) sequences of \(batch.length)")
    var batch = batch
    batch.rotary = batch.rotary ?? positions(length: batch.length)
    var x = tape.embedding(tape.parameter(embedding, of: parameters), ids: ids)
    for block in blocks {
      x = block.applied(
        to: x, batch, parameters: parameters, on: tape, checkpointing: checkpointing)
    }
    return norm(x, parameters, tape)
  }

  /// The head's matrix, `[width, V]`.
  private func headWeight(on tape: Tape) -> Variable {
    head.map { tape.parameter($0.weight, of: parameters) }
      ?? tape.transposed(tape.parameter(embedding, of: parameters))
  }

  /// Scores over the vocabulary of rows of `hidden`.
  ///
  /// - Returns: `[rows, V]`.
  package func logits(_ hidden: Variable, on tape: Tape) -> Variable {
    tape.linear(hidden, weight: headWeight(on: tape))
  }

  /// The mean loss of predicting `labels`, and each token's own, without holding all scores.
  ///
  /// - Parameters:
  ///   - hidden: `[rows, width]`.
  ///   - labels: what follows each token, or `Tape.ignoredLabel`.
  ///   - tape: records the ops.
  /// - Returns: see `Tape.linearCrossEntropy`.
  package func loss(
    _ hidden: Variable, labels: [Int32], on tape: Tape
  ) -> (mean: Variable, losses: Tensor) {
    tape.linearCrossEntropy(hidden, weight: headWeight(on: tape), labels: labels)
  }
}

/// A pre-norm transformer block: attention and an MLP, each behind a norm and around a residual.
///
///     x = x + W_o attention(W_qkv norm(x)),   x = x + W_down f(W_up norm(x))
///
/// One kit for the usual models: layer norm, biases and GELU make the block of ViT, CLIP and GPT-2;
/// RMS norm, rotary positions, grouped queries and gated SiLU make Llama's. `LanguageModelTrainer`
/// has Llama's once more, with its matrices apart, for adapters.
package struct TransformerBlock: Sendable {
  package struct Configuration: Sendable, Equatable {
    /// Floats of a token, C.
    package var width: Int
    /// Query heads, H, and the key heads that they share.
    package var heads: Int
    package var keyHeads: Int
    /// Floats of a head, E.
    package var headSize: Int
    /// Floats between the two products of the MLP.
    package var hidden: Int
    package var norm: TransformerNorm.Kind
    package var activation: Activation
    /// Whether the MLP is gated: `W_up` is then twice as wide, gates first.
    package var isGated: Bool
    /// Which products have biases.
    package var biases: Set<Product>
    /// Whether tokens see only themselves and those before.
    package var isCausal: Bool

    package enum Product: Sendable {
      case queryKeyValue, attentionOutput, mlp
    }

    /// Floats of each of `heads` heads that share `width`.
    private static func headSize(width: Int, heads: Int) -> Int {
      precondition(
        heads >= 1 && width % heads == 0,
        "transformer block: width \(width) is not a multiple of \(heads) heads")
      return width / heads
    }

    /// The block of ViT and CLIP's image tower (causal: CLIP's text tower, GPT-2).
    ///
    /// - Precondition: `width` is a multiple of `heads`.
    package static func layerNormed(
      width: Int, heads: Int, hidden: Int? = nil, activation: Activation = .gelu,
      isCausal: Bool = false, eps: Float = 1e-5
    ) -> Configuration {
      Configuration(
        width: width, heads: heads, keyHeads: heads,
        headSize: headSize(width: width, heads: heads),
        hidden: hidden ?? 4 * width, norm: .layer(eps: eps), activation: activation,
        isGated: false, biases: [.queryKeyValue, .attentionOutput, .mlp], isCausal: isCausal)
    }

    /// The block of Llama; with `biases: [.queryKeyValue]` of Qwen2.
    ///
    /// - Precondition: `width` is a multiple of `heads` where `headSize` is nil.
    package static func llama(
      width: Int, heads: Int, keyHeads: Int, headSize: Int? = nil, hidden: Int, eps: Float = 1e-5,
      biases: Set<Product> = []
    ) -> Configuration {
      Configuration(
        width: width, heads: heads, keyHeads: keyHeads,
        headSize: headSize ?? Self.headSize(width: width, heads: heads), hidden: hidden,
        norm: .rootMeanSquare(eps: eps), activation: .silu, isGated: true,
        biases: biases, isCausal: true)
    }
  }

  /// What a block knows of the tokens that it is given.
  package struct Batch: Sendable {
    /// Sequences, and tokens in each.
    package var sequences: Int
    package var length: Int
    /// Turns queries and keys; nil where positions were added to the tokens.
    package var rotary: RotaryPositions?
    /// For each sequence how many of its tokens count, from the first; nil for all.
    package var lengths: [Int]?

    package init(
      sequences: Int, length: Int, rotary: RotaryPositions? = nil, lengths: [Int]? = nil
    ) {
      self.sequences = sequences
      self.length = length
      self.rotary = rotary
      self.lengths = lengths
    }
  }

  package let configuration: Configuration
  let attentionNorm: TransformerNorm
  let queryKeyValue: Projection
  let attentionOutput: Projection
  let mlpNorm: TransformerNorm
  let up: Projection
  let down: Projection

  /// Lays the block out.
  ///
  /// - Parameters:
  ///   - name: prefix of its parameters, such as `blocks.3`.
  ///   - configuration: sizes and kinds.
  ///   - depth: blocks of the model; what is added to the stream starts smaller by
  ///     1 / sqrt(2 depth) (Radford et al. 2019).
  ///   - deviation: standard deviation of first weights.
  ///   - layout: receives the parameters.
  package init(
    _ name: String, _ configuration: Configuration, depth: Int,
    deviation: Double = Projection.deviation, layout: inout ParameterLayout
  ) {
    let c = configuration
    self.configuration = c
    let (queries, keys) = (c.heads * c.headSize, c.keyHeads * c.headSize)
    let small = deviation / Double(2 * max(1, depth)).squareRoot()
    attentionNorm = TransformerNorm("\(name).attention.norm", c.norm, c.width, layout: &layout)
    queryKeyValue = Projection(
      "\(name).attention.qkv", from: c.width, to: queries + 2 * keys,
      hasBias: c.biases.contains(.queryKeyValue), deviation: deviation, layout: &layout)
    attentionOutput = Projection(
      "\(name).attention.output", from: queries, to: c.width,
      hasBias: c.biases.contains(.attentionOutput), deviation: small, layout: &layout)
    mlpNorm = TransformerNorm("\(name).mlp.norm", c.norm, c.width, layout: &layout)
    up = Projection(
      "\(name).mlp.up", from: c.width, to: c.isGated ? 2 * c.hidden : c.hidden,
      hasBias: c.biases.contains(.mlp), deviation: deviation, layout: &layout)
    down = Projection(
      "\(name).mlp.down", from: c.hidden, to: c.width, hasBias: c.biases.contains(.mlp),
      deviation: small, layout: &layout)
  }

  /// The block's result for every token, or for the first tokens of each sequence only.
  ///
  /// - Parameters:
  ///   - x: `[sequences length, width]`.
  ///   - batch: what the rows are.
  ///   - leading: how many tokens of each sequence go on; nil for all. What only the others would
  ///     need (their query's attention, their MLP) is not computed.
  ///   - parameters: the model's arena.
  ///   - tape: records the ops.
  /// - Returns: `[sequences leading, width]`.
  package func callAsFunction(
    _ x: Variable, _ batch: Batch, leading: Int? = nil, parameters: ParameterArena, on tape: Tape
  ) -> Variable {
    let c = configuration
    let asking = leading ?? batch.length
    precondition(
      x.shape == [batch.sequences * batch.length, c.width] && asking <= batch.length,
      "transformer block: \(x.shape) for \(batch.sequences) sequences of \(batch.length)")
    var qkv = queryKeyValue(attentionNorm(x, parameters, tape), parameters, tape)
    if let rotary = batch.rotary {
      qkv = tape.rotary(consume qkv, rotary, heads: c.heads + c.keyHeads)
    }
    let attended = tape.attention(
      packed: qkv,
      AttentionShape(
        batch: batch.sequences, queries: asking, keys: batch.length, heads: c.heads,
        keyHeads: c.keyHeads, headSize: c.headSize, isCausal: c.isCausal, offset: 0,
        keyLengths: batch.lengths))
    let stream = leading == nil ? x : tape.embedding(x, ids: batch.firstRows(asking))
    let middle = attentionOutput(attended, residual: stream, parameters, tape)
    return mlp(middle, parameters: parameters, on: tape)
  }

  /// The second half of the block: `x + W_down f(W_up norm(x))`.
  func mlp(_ x: Variable, parameters: ParameterArena, on tape: Tape) -> Variable {
    let hidden = up(
      mlpNorm(x, parameters, tape), configuration.activation, isGated: configuration.isGated,
      parameters, tape)
    return down(hidden, residual: x, parameters, tape)
  }
}

extension TransformerBlock.Batch {
  /// Row numbers of the first `count` tokens of each sequence.
  func firstRows(_ count: Int) -> [Int32] {
    (0..<sequences).flatMap { n in (0..<count).map { Int32(n * length + $0) } }
  }
}

extension TransformerBlock {
  /// The block's result, with its inner values kept or, under `checkpointing`, computed again on
  /// the way back.
  func applied(
    to x: Variable, _ batch: Batch, leading: Int? = nil, parameters: ParameterArena, on tape: Tape,
    checkpointing: Bool
  ) -> Variable {
    guard checkpointing else {
      return self(x, batch, leading: leading, parameters: parameters, on: tape)
    }
    return tape.checkpointed(x) { tape, x in
      self(x, batch, leading: leading, parameters: parameters, on: tape)
    }
  }
}

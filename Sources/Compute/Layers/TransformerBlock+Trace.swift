/// A block looked at from inside, for explanations.
extension TransformerBlock {
  /// What a block computed on the way, with handles to the gradients that reach it.
  package struct Trace {
    /// Sizes of its attention: one head where heads were merged.
    package let shape: AttentionShape
    /// What entered, `[N S, C]`; a tap.
    package let input: Variable
    /// Queries, keys and values side by side, `[N S, 3 H E]`.
    package let queryKeyValue: Tensor
    /// What attention gave before the output product, `[N T, H E]`, T queries; a tap.
    package let attended: Variable

    /// Queries `[N S, H E]`; keys and values likewise.
    package var queries: Tensor { queryKeyValue.columns(0..<shape.queryColumns) }
    package var keys: Tensor {
      queryKeyValue.columns(shape.queryColumns..<shape.queryColumns + shape.keyColumns)
    }
    package var values: Tensor {
      queryKeyValue.columns(shape.queryColumns + shape.keyColumns..<shape.packedColumns)
    }

    /// What softmax gave the first T queries, `[N, H, T, S]`.
    package func weights(lanes: Lanes) -> Tensor {
      shape.weights(packed: queryKeyValue, rows: 0..<shape.queries, lanes: lanes)
    }
  }

  /// The block's result as from `callAsFunction`, with what led to it.
  ///
  /// - Parameters:
  ///   - x: `[sequences length, width]`.
  ///   - batch: what the rows are; without rotary positions.
  ///   - leading: how many tokens of each sequence go on; nil for all.
  ///   - isMerged: whether all heads run as one of the full width, which gives another result.
  ///   - parameters: the model's arena.
  ///   - tape: records the ops.
  /// - Returns: `[sequences leading, width]` and the trace.
  package func traced(
    _ x: Variable, _ batch: Batch, leading: Int? = nil, isMerged: Bool = false,
    parameters: ParameterArena, on tape: Tape
  ) -> (output: Variable, trace: Trace) {
    let c = configuration
    precondition(
      batch.rotary == nil && c.keyHeads == c.heads
        && x.shape == [batch.sequences * batch.length, c.width],
      "traced block: \(x.shape), \(c.heads) heads over \(c.keyHeads)")
    let input = tape.tapped(x)
    let qkv = queryKeyValue(attentionNorm(input.value, parameters, tape), parameters, tape)
    let shape = AttentionShape(
      batch: batch.sequences, queries: leading ?? batch.length, keys: batch.length,
      heads: isMerged ? 1 : c.heads, headSize: isMerged ? c.heads * c.headSize : c.headSize,
      isCausal: c.isCausal, offset: 0, keyLengths: batch.lengths)
    let attended = tape.tapped(tape.attention(packed: qkv, shape))
    let stream =
      leading.map { tape.embedding(input.value, ids: batch.firstRows($0)) } ?? input.value
    let middle = attentionOutput(attended.value, residual: stream, parameters, tape)
    return (
      mlp(middle, parameters: parameters, on: tape),
      Trace(shape: shape, input: input.tap, queryKeyValue: qkv.value, attended: attended.tap)
    )
  }

  /// The block with each token attending to itself alone: `x + W_o v + b_o`, then the MLP.
  ///
  /// - Parameters:
  ///   - x: `[rows, width]`.
  ///   - parameters: the model's arena.
  ///   - tape: records the ops.
  /// - Returns: `[rows, width]`.
  /// - Source: Zhou et al. 2022 (MaskCLIP).
  package func valuePath(
    _ x: Variable, parameters: ParameterArena, on tape: Tape
  ) -> Variable {
    let qkv = queryKeyValue(attentionNorm(x, parameters, tape), parameters, tape)
    let columns = qkv.shape[1]
    let values = tape.columns(qkv, columns - configuration.width..<columns)
    let middle = attentionOutput(values, residual: x, parameters, tape)
    return mlp(middle, parameters: parameters, on: tape)
  }

  /// What attention of values with themselves adds: `W_o softmax(v v^T / sqrt(E)) v + b_o`.
  ///
  /// - Parameters:
  ///   - trace: of the block.
  ///   - parameters: the model's arena.
  ///   - tape: records the ops.
  /// - Returns: `[N S, width]`.
  /// - Source: Li et al. 2023 (CLIP Surgery).
  package func valueAttention(
    _ trace: Trace, parameters: ParameterArena, on tape: Tape
  ) -> Variable {
    let values = Variable.constant(trace.values)
    let shape = AttentionShape(
      batch: trace.shape.batch, queries: trace.shape.keys, heads: trace.shape.heads,
      headSize: trace.shape.headSize, isCausal: false)
    return attentionOutput(
      tape.attention(query: values, key: values, value: values, shape), parameters, tape)
  }

  /// Rows passed through the output product: `W_o x + b_o`.
  package func outputProduct(
    _ x: Tensor, parameters: ParameterArena, lanes: Lanes
  ) -> Tensor {
    attentionOutput(.constant(x), parameters, Tape(lanes: lanes, isRecording: false)).value
  }
}

/// What both towers of CLIP share: blocks, and behind them a norm and a product into the joint
/// space, for one token of each sequence.
package struct CLIPEncoder: Sendable {
  package let blocks: [TransformerBlock]
  private let norm: TransformerNorm
  private let projection: Projection

  /// Lays a tower out; first weights have the deviation 1 / sqrt(width) of the original.
  init(
    _ name: String, _ tower: CLIPConfiguration.Tower, joint: Int, isCausal: Bool,
    layout: inout ParameterLayout
  ) {
    let deviation = 1 / Double(tower.width).squareRoot()
    let block = TransformerBlock.Configuration.layerNormed(
      width: tower.width, heads: tower.heads, hidden: tower.hidden, activation: tower.activation,
      isCausal: isCausal, eps: tower.eps)
    blocks = (0..<tower.layers).map {
      TransformerBlock(
        "\(name).blocks.\($0)", block, depth: tower.layers, deviation: deviation, layout: &layout)
    }
    norm = TransformerNorm("\(name).norm", block.norm, tower.width, layout: &layout)
    projection = Projection(
      "\(name).projection", from: tower.width, to: joint, hasBias: false, deviation: deviation,
      layout: &layout)
  }

  /// Sequences on their way through a tower.
  package struct Stream {
    /// Tokens, `[sequences length, width]`.
    package var x: Variable
    package let batch: TransformerBlock.Batch
    /// The row of each sequence that becomes its embedding.
    package let pooled: [Int32]

    package init(x: Variable, batch: TransformerBlock.Batch, pooled: [Int32]) {
      self.x = x
      self.batch = batch
      self.pooled = pooled
    }

    /// Whether the first token of each sequence becomes its embedding.
    var poolsFirst: Bool {
      pooled.enumerated().allSatisfy { Int($1) == $0 * batch.length }
    }

    /// Some of the sequences, in any order and number.
    package func sequences(_ indices: [Int], on tape: Tape) -> Stream {
      if indices.elementsEqual(0..<batch.sequences) { return self }
      let length = batch.length
      let rows = indices.flatMap { n in (0..<length).map { Int32(n * length + $0) } }
      return Stream(
        x: tape.embedding(x, ids: rows),
        batch: .init(sequences: indices.count, length: length),
        pooled: indices.enumerated().map { place, n in
          pooled[n] + Int32((place - n) * length)
        })
    }
  }

  /// Blocks one after another.
  package func run(
    _ stream: Stream, blocks range: Range<Int>, _ parameters: ParameterArena, on tape: Tape
  ) -> Stream {
    var stream = stream
    for index in range {
      stream.x = blocks[index](stream.x, stream.batch, parameters: parameters, on: tape)
    }
    return stream
  }

  /// Embeddings of a stream that has passed `done` blocks.
  ///
  /// Where the first token is pooled, only that one goes through the last block's MLP.
  ///
  /// - Returns: `[sequences, joint]`, not of length 1.
  package func embeddings(
    _ stream: Stream, after done: Int = 0, _ parameters: ParameterArena, on tape: Tape
  ) -> Variable {
    guard stream.poolsFirst, done < blocks.count, let last = blocks.last else {
      let stream = run(stream, blocks: done..<blocks.count, parameters, on: tape)
      return projected(tape.embedding(stream.x, ids: stream.pooled), parameters, on: tape)
    }
    let before = run(stream, blocks: done..<blocks.count - 1, parameters, on: tape)
    let x = last(before.x, before.batch, leading: 1, parameters: parameters, on: tape)
    return projected(x, parameters, on: tape)
  }

  /// The same with all that explanations read of the blocks from `first` on.
  ///
  /// - Parameters:
  ///   - stream: has passed `first` blocks.
  ///   - first: the first block to trace.
  ///   - isMerged: whether the traced blocks run with one head.
  ///   - parameters: the model's arena.
  ///   - tape: records the ops.
  /// - Returns: `[sequences, joint]`, and the traces in order. Where the first token is pooled, the
  ///   last trace has one query a sequence.
  package func traced(
    _ stream: Stream, from first: Int, isMerged: Bool = false, _ parameters: ParameterArena,
    on tape: Tape
  ) -> (embeddings: Variable, traces: [TransformerBlock.Trace]) {
    var x = stream.x
    var traces: [TransformerBlock.Trace] = []
    for index in first..<blocks.count {
      let leading = index == blocks.count - 1 && stream.poolsFirst ? 1 : nil
      let (output, trace) = blocks[index].traced(
        x, stream.batch, leading: leading, isMerged: isMerged, parameters: parameters, on: tape)
      traces.append(trace)
      x = output
    }
    let pooled = stream.poolsFirst && first < blocks.count
    return (
      projected(pooled ? x : tape.embedding(x, ids: stream.pooled), parameters, on: tape), traces
    )
  }

  /// The norm behind the blocks and the product into the joint space, of any rows.
  package func projected(
    _ x: Variable, _ parameters: ParameterArena, on tape: Tape
  ) -> Variable {
    projection(norm(x, parameters, tape), parameters, tape)
  }

  /// Every token's own embedding by the last block's value path (MaskCLIP).
  ///
  /// - Parameters:
  ///   - stream: has passed all blocks but the last.
  ///   - parameters: the model's arena.
  ///   - tape: records the ops.
  /// - Returns: `[sequences length, joint]`, not of length 1.
  package func denseEmbeddings(
    _ stream: Stream, _ parameters: ParameterArena, on tape: Tape
  ) -> Variable {
    let x = blocks[blocks.count - 1].valuePath(stream.x, parameters: parameters, on: tape)
    return projected(x, parameters, on: tape)
  }
}

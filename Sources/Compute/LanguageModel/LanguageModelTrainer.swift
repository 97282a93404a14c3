/// Tunes a language model on the tape: low-rank adapters beside frozen weights, or all weights.
///
/// Matrices lie here as `[inputs, outputs]`, the transpose of what files hold.
package final class LanguageModelTrainer {
  package enum Method: Sendable, Equatable {
    case lowRank(LowRankSettings)
    case full
  }

  package let configuration: LlamaConfiguration
  package let method: Method
  /// What is trained.
  package let parameters: ParameterArena
  private var entries: [String: ParameterArena.Entry] = [:]
  /// What is not.
  private var frozen: [String: Tensor] = [:]

  /// Reads the weights and lays out what is trained.
  ///
  /// - Parameters:
  ///   - configuration: of the model.
  ///   - weights: where they come from.
  ///   - method: see there.
  ///   - seed: of the adapters' first values: A normal with deviation 1 / sqrt(rank), B zero.
  ///   - lanes: cores to use.
  /// - Throws: what `weights` throws.
  package init(
    _ configuration: LlamaConfiguration, weights: some WeightSource, method: Method, seed: UInt64,
    lanes: Lanes
  ) throws {
    self.configuration = configuration
    self.method = method
    var layout = ParameterLayout()
    var read: [String: Tensor] = [:]
    for (name, shape) in configuration.tensorShapes {
      let tensor = try weights.tensor(named: name, shape: shape, lanes: lanes)
      let isMatrix = shape.count == 2 && name != Self.embedding
      read[name] = isMatrix ? tensor.transposed(lanes: lanes) : tensor
    }
    switch method {
    case .full:
      for (name, _) in configuration.tensorShapes {
        guard let tensor = read[name] else { continue }
        entries[name] = layout.add(name, tensor.shape, .zeros)
      }
    case .lowRank(let settings):
      for layer in 0..<configuration.layers {
        for target in settings.targets {
          let (a, b) = (
            LowRankAdapter.nameA(target, layer: layer), LowRankAdapter.nameB(target, layer: layer)
          )
          entries[a] = layout.add(
            a, [target.inputs(of: configuration), settings.rank],
            .normal(deviation: 1 / Double(settings.rank).squareRoot()))
          entries[b] = layout.add(b, [settings.rank, target.outputs(of: configuration)], .zeros)
        }
      }
      frozen = read
    }
    parameters = ParameterArena(layout, seed: seed)
    if method == .full {
      for (name, entry) in entries {
        if let tensor = read[name] { parameters.setValue(tensor, of: entry) }
      }
    }
  }

  private static let embedding = LlamaTensor.embedding.name

  /// The mean negative log probability of the tokens that count, given those before.
  ///
  /// - Parameters:
  ///   - sequences: each of at least two tokens; all of one length.
  ///   - counts: for each sequence which of its tokens count; nil: all. The first never does.
  ///   - tape: records the ops.
  ///   - checkpointing: whether layers are computed again on the way back instead of kept.
  /// - Returns: the scalar mean.
  package func loss(
    _ sequences: [[Int32]], counts: [[Bool]]? = nil, on tape: Tape, checkpointing: Bool = false
  ) -> Variable {
    let length = sequences.first?.count ?? 0
    precondition(
      length >= 2 && sequences.allSatisfy { $0.count == length }
        && (counts.map { $0.count == sequences.count && $0.allSatisfy { $0.count == length } }
          ?? true),
      "loss: \(sequences.map(\.count)) tokens")
    let labels = sequences.indices.flatMap { n in
      (1...length).map { t in
        t < length && counts?[n][t] ?? true ? sequences[n][t] : Tape.ignoredLabel
      }
    }
    let rotary = RotarySettings().positions(Array(0..<length), of: configuration)
    let batch = TransformerBlock.Batch(
      sequences: sequences.count, length: length, rotary: rotary)
    let table = variable(.embedding, tape)
    var x = tape.embedding(table, ids: sequences.flatMap { $0 })
    for layer in 0..<configuration.layers {
      x =
        checkpointing
        ? tape.checkpointed(x) { tape, x in self.block(x, layer, batch, tape) }
        : block(x, layer, batch, tape)
    }
    let hidden = norm(x, .outputNorm, tape)
    let head = configuration.isTied ? tape.transposed(table) : variable(.head, tape)
    return tape.linearCrossEntropy(hidden, weight: head, labels: labels).mean
  }

  /// Adds the gradients of one batch's loss to `parameters`.
  ///
  /// - Returns: the loss.
  package func addGradients(
    _ sequences: [[Int32]], counts: [[Bool]]? = nil, checkpointing: Bool = false, lanes: Lanes
  ) -> Float {
    lanes.awake { lanes in
      let tape = Tape(lanes: lanes)
      let loss = loss(sequences, counts: counts, on: tape, checkpointing: checkpointing)
      tape.backward(from: loss)
      return loss.value.item
    }
  }

  /// The trained adapters; nil after full tuning.
  package var adapter: LowRankAdapter? {
    guard case .lowRank(let settings) = method else { return nil }
    return LowRankAdapter(settings: settings, tensors: trained)
  }

  /// What was trained, in the shapes of files, by name.
  package var trained: [String: Tensor] {
    entries.reduce(into: [:]) { result, entry in
      result[entry.key] = turned(parameters.value(of: entry.value), entry.key)
    }
  }

  /// The gradients collected, in the shapes of files, by name.
  package var gradients: [String: Tensor] {
    entries.reduce(into: [:]) { result, entry in
      result[entry.key] = turned(parameters.gradient(of: entry.value), entry.key)
    }
  }

  /// Replaces trained values.
  ///
  /// - Parameter values: by name, in the shapes of files; names that are not trained are refused.
  package func setTrained(_ values: [String: Tensor]) {
    for (name, value) in values {
      guard let entry = entries[name] else { preconditionFailure("\(name) is not trained") }
      parameters.setValue(turned(value, name), of: entry)
    }
  }

  private func turned(_ tensor: Tensor, _ name: String) -> Tensor {
    tensor.shape.rank == 2 && name != Self.embedding ? tensor.transposed(lanes: Lanes(1)) : tensor
  }
}

extension LanguageModelTrainer {
  private func variable(_ tensor: LlamaTensor, _ tape: Tape) -> Variable {
    variable(tensor.name, tape)
  }

  private func variable(_ name: String, _ tape: Tape) -> Variable {
    if let entry = entries[name] { return tape.parameter(entry, of: parameters) }
    guard let tensor = frozen[name] else { preconditionFailure("trainer: \(name) was not read") }
    return .constant(tensor)
  }

  private func norm(_ x: Variable, _ gain: LlamaTensor, _ tape: Tape) -> Variable {
    tape.rmsNorm(x, weight: variable(gain, tape), eps: configuration.eps)
  }

  /// A matrix of a layer, with its adapter where it has one.
  private func linear(
    _ x: Variable, _ matrix: LayerMatrix, _ layer: Int, _ tape: Tape
  ) -> Variable {
    let hasBias = configuration.hasBiases && matrix.mayHaveBias
    let y = tape.linear(
      x, weight: variable(.matrix(matrix, layer: layer), tape),
      bias: hasBias ? variable(.bias(matrix, layer: layer), tape) : nil)
    guard case .lowRank(let settings) = method, settings.targets.contains(matrix) else { return y }
    let low = tape.linear(x, weight: variable(LowRankAdapter.nameA(matrix, layer: layer), tape))
    return tape.linear(
      tape.scaled(low, by: settings.scale),
      weight: variable(LowRankAdapter.nameB(matrix, layer: layer), tape), residual: y)
  }

  /// The block of `TransformerBlock` with Llama's parts, matrix by matrix: adapters sit beside
  /// single matrices, and frozen ones are no parameters, which its packed products do not allow. A
  /// test holds the two together.
  private func block(
    _ x: Variable, _ layer: Int, _ batch: TransformerBlock.Batch, _ tape: Tape
  ) -> Variable {
    let c = configuration
    guard let rotary = batch.rotary else { preconditionFailure("trainer: no positions") }
    let h = norm(x, .attentionNorm(layer: layer), tape)
    let mixed = tape.attention(
      query: tape.rotary(linear(h, .query, layer, tape), rotary, heads: c.heads),
      key: tape.rotary(linear(h, .key, layer, tape), rotary, heads: c.keyHeads),
      value: linear(h, .value, layer, tape),
      AttentionShape(
        batch: batch.sequences, queries: batch.length, heads: c.heads, keyHeads: c.keyHeads,
        headSize: c.headSize, isCausal: true))
    let middle = tape.add(linear(mixed, .attentionOutput, layer, tape), to: x)
    let g = norm(middle, .mlpNorm(layer: layer), tape)
    let gated = tape.product(
      tape.activation(linear(g, .gate, layer, tape), .silu), linear(g, .up, layer, tape))
    return tape.add(linear(gated, .down, layer, tape), to: middle)
  }
}

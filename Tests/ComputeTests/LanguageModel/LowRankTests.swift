import Compute
import Foundation
import Testing

struct LowRankTests {
  /// Largest relative difference from central differences of a float32 loss, whose rounding leaves
  /// a tenth of it.
  static let differenceTolerance: Float = 5e-3

  /// Two orders of the same float32 sums; the loss is near 6, gradients are below 1.
  static let orderTolerance: Float = 2e-5

  let tiny = TinyModel()

  private func trainer(
    _ method: LanguageModelTrainer.Method, _ weights: [String: Tensor]? = nil
  ) throws -> LanguageModelTrainer {
    try LanguageModelTrainer(
      tiny.configuration, weights: ReplacedWeights(weights ?? tiny.weights()), method: method,
      seed: 4, lanes: Lanes(2))
  }

  private func loss(_ trainer: LanguageModelTrainer, _ ids: [[Int32]], _ counts: [[Bool]]? = nil)
    -> Float
  {
    trainer.loss(ids, counts: counts, on: Tape(lanes: Lanes(1), isRecording: false)).value.item
  }

  @Test func lossIsTheMeanScore() throws {
    let ids = tiny.tokens(40)
    let scores = try tiny.model().score(LanguageModel.Span(ids), lanes: Lanes(2))
    for method in [LanguageModelTrainer.Method.full, .lowRank(LowRankSettings())] {
      let trainer = try trainer(method)
      #expect(abs(loss(trainer, [ids]) - scores.reduce(0, +) / 39) < 1e-4)
      var counts = [Bool](repeating: false, count: 40)
      counts[10] = true
      #expect(abs(loss(trainer, [ids], [counts]) - scores[9]) < 1e-4)
    }
  }

  /// The decoder that trains from scratch holds the same weights in packed matrices.
  @Test func lossAndGradientEqualThoseOfTheDecoder() throws {
    let (c, weights) = (tiny.configuration, tiny.weights())
    let decoder = DecoderTransformer(
      .init(
        vocabulary: c.vocabulary, layers: c.layers,
        block: .llama(
          width: c.width, heads: c.heads, keyHeads: c.keyHeads, hidden: c.hidden, eps: c.eps),
        rotaryLayout: c.rotaryLayout, isTied: true), seed: nil)
    func packed(_ tensors: [LlamaTensor]) throws -> Tensor {
      let parts = try tensors.map { try #require(weights[$0.name]) }
      return Tape(lanes: Lanes(1), isRecording: false).transposed(
        .constant(Tensor(concatenatingRows: parts, rowShape: [parts[0].shape[1]]))
      ).value
    }
    var values = [
      "embedding": weights["token_embd.weight"], "norm.weight": weights["output_norm.weight"],
    ]
    for layer in 0..<c.layers {
      func joined(_ matrices: LayerMatrix...) throws -> Tensor {
        try packed(matrices.map { .matrix($0, layer: layer) })
      }
      let block = "blocks.\(layer)"
      values["\(block).attention.norm.weight"] = weights["blk.\(layer).attn_norm.weight"]
      values["\(block).attention.qkv.weight"] = try joined(.query, .key, .value)
      values["\(block).attention.output.weight"] = try joined(.attentionOutput)
      values["\(block).mlp.norm.weight"] = weights["blk.\(layer).ffn_norm.weight"]
      values["\(block).mlp.up.weight"] = try joined(.gate, .up)
      values["\(block).mlp.down.weight"] = try joined(.down)
    }
    for entry in decoder.parameters.layout.entries {
      let found = values[entry.name] ?? nil
      let value = try #require(found, "\(entry.name)")
      decoder.parameters.setValue(value, of: entry)
    }
    let sequences = [tiny.tokens(12), tiny.tokens(12, seed: 8)]
    let labels = sequences.flatMap { $0.dropFirst() + [Tape.ignoredLabel] }
    let tape = Tape(lanes: Lanes(2))
    let hidden = decoder.hidden(
      sequences.flatMap { $0 }, .init(sequences: 2, length: 12), on: tape)
    let expected = decoder.loss(hidden, labels: labels, on: tape).mean
    tape.backward(from: expected)
    let trainer = try trainer(.full)
    let loss = trainer.addGradients(sequences, lanes: Lanes(2))
    #expect(abs(loss - expected.value.item) < Self.orderTolerance)
    let gradients = trainer.gradients
    for entry in decoder.parameters.layout.entries where entry.name.hasSuffix("norm.weight") {
      let name = entry.name.replacing("blocks.", with: "blk.")
        .replacing("attention.norm", with: "attn_norm").replacing("mlp.norm", with: "ffn_norm")
      let gradient = try #require(gradients[name] ?? gradients["output_\(name)"], "\(name)")
      #expect(
        largestDifference(decoder.parameters.gradient(of: entry), gradient) < Self.orderTolerance,
        "\(name)")
    }
  }

  /// One element of each kind of parameter against central differences.
  @Test func gradients() throws {
    let ids = [tiny.tokens(12), tiny.tokens(12, seed: 8)]
    let settings = LowRankSettings(rank: 3, alpha: 6, targets: LayerMatrix.allCases)
    for method in [LanguageModelTrainer.Method.full, .lowRank(settings)] {
      let trainer = try trainer(method)
      var start = trainer.trained
      for (name, value) in start where name.hasSuffix("lora_b") {
        start[name] = Tensor(
          (0..<value.count).map { 0.1 * sin(Float($0)) }, shape: value.shape)
      }
      trainer.setTrained(start)
      trainer.parameters.zeroGradients()
      _ = trainer.addGradients(ids, lanes: Lanes(2))
      let gradients = trainer.gradients
      #expect(gradients.count == start.count)
      for (name, value) in start {
        guard let gradient = gradients[name]?.values else { continue }
        let place = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
        func shifted(_ step: Float) -> Float {
          var values = value.values
          values[place] += step
          trainer.setTrained([name: Tensor(values, shape: value.shape)])
          defer { trainer.setTrained([name: value]) }
          return loss(trainer, ids)
        }
        let step: Float = 3e-3
        let slope = (shifted(step) - shifted(-step)) / (2 * step)
        #expect(
          abs(slope - gradient[place]) < Self.differenceTolerance * max(abs(gradient[place]), 0.05),
          "\(name)")
      }
    }
  }

  @Test func checkpointingGivesTheSameBits() throws {
    let ids = [tiny.tokens(30)]
    let gradients = try [false, true].map { checkpointing in
      let trainer = try trainer(.full)
      _ = trainer.addGradients(ids, checkpointing: checkpointing, lanes: Lanes(2))
      return trainer.parameters.gradients
    }
    #expect(gradients[0] == gradients[1])
  }

  @Test func mergingEqualsTheAdapterBeside() throws {
    let weights = tiny.weights()
    let trainer = try trainer(.lowRank(LowRankSettings(rank: 2, alpha: 8)), weights)
    var optimiser = Adam(decay: .decoupled)
    let ids = [tiny.tokens(40)]
    let before = loss(trainer, ids)
    for _ in 0..<5 {
      trainer.parameters.zeroGradients()
      _ = trainer.addGradients(ids, lanes: Lanes(2))
      trainer.parameters.clipGradients(toNorm: 1, lanes: Lanes(2))
      optimiser.step(trainer.parameters, learningRate: 1e-2, lanes: Lanes(2))
    }
    let after = loss(trainer, ids)
    #expect(after < before)
    let adapter = try #require(trainer.adapter)
    #expect(adapter.tensors["blk.1.attn_v.lora_a"]?.shape == [2, 64])
    #expect(adapter.tensors["blk.1.attn_v.lora_b"]?.shape == [32, 2])
    let merged = try adapter.merged(
      tiny.configuration, into: ReplacedWeights(weights), lanes: Lanes(2))
    #expect(merged.count == 4)
    let model = try LanguageModel(
      tiny.configuration, weights: ReplacedWeights(merged, over: ReplacedWeights(weights)),
      lanes: Lanes(2))
    let scores = try model.score(LanguageModel.Span(ids[0]), lanes: Lanes(2))
    #expect(abs(scores.reduce(0, +) / 39 - after) < 1e-4)
  }
}

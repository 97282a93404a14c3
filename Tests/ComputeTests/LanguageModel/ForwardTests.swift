import Compute
import Testing

struct ForwardTests {
  /// Two orders of the same float32 sums over two layers; logits are of size 1.
  static let tolerance: Float = 2e-5

  let tiny = TinyModel()

  /// The layers by the ops that training uses, which have their own tests.
  private func reference(_ ids: [Int32], _ weights: [String: Tensor], _ c: LlamaConfiguration)
    -> Tensor
  {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    func constant(_ name: String) -> Variable { .constant(weights[name] ?? Tensor([])) }
    func linear(_ x: Variable, _ name: String) -> Variable {
      tape.linear(
        x, weight: tape.transposed(constant("\(name).weight")),
        bias: weights["\(name).bias"].map { .constant($0) })
    }
    let rotary = RotaryPositions(
      Array(0..<ids.count), headSize: c.headSize, base: c.rotaryBase, layout: c.rotaryLayout)
    var x = tape.embedding(constant("token_embd.weight"), ids: ids)
    for layer in 0..<c.layers {
      let h = tape.rmsNorm(x, weight: constant("blk.\(layer).attn_norm.weight"), eps: c.eps)
      let shape = AttentionShape(
        batch: 1, queries: ids.count, heads: c.heads, keyHeads: c.keyHeads, headSize: c.headSize,
        isCausal: true)
      let mixed = tape.attention(
        query: tape.rotary(linear(h, "blk.\(layer).attn_q"), rotary, heads: c.heads),
        key: tape.rotary(linear(h, "blk.\(layer).attn_k"), rotary, heads: c.keyHeads),
        value: linear(h, "blk.\(layer).attn_v"), shape)
      x = tape.add(linear(mixed, "blk.\(layer).attn_output"), to: x)
      let g = tape.rmsNorm(x, weight: constant("blk.\(layer).ffn_norm.weight"), eps: c.eps)
      let gate = tape.activation(linear(g, "blk.\(layer).ffn_gate"), .silu).value
      let up = linear(g, "blk.\(layer).ffn_up").value
      let product = Tensor(zip(gate.values, up.values).map { $0 * $1 }, shape: up.shape)
      x = tape.add(linear(.constant(product), "blk.\(layer).ffn_down"), to: x)
    }
    x = tape.rmsNorm(x, weight: constant("output_norm.weight"), eps: c.eps)
    return linear(x, c.isTied ? "token_embd" : "output").value
  }

  @Test(arguments: [(true, false), (false, true)])
  func equalsTheOpsOneByOne(isTied: Bool, hasBiases: Bool) throws {
    var tiny = tiny
    tiny.configuration.isTied = isTied
    tiny.configuration.hasBiases = hasBiases
    tiny.configuration.rotaryLayout = hasBiases ? .halves : .interleaved
    let weights = tiny.weights()
    let ids = tiny.tokens(70)
    let found = try tiny.model(weights).allLogits(ids)
    let expected = reference(ids, weights, tiny.configuration)
    #expect(largestDifference(found, expected) < Self.tolerance)
  }

  @Test func oneAndTwoLanesGiveTheSameBits() throws {
    let model = try tiny.model()
    let ids = tiny.tokens(200)
    #expect(try model.allLogits(ids, lanes: 1) == model.allLogits(ids, lanes: 2))
  }

  @Test(arguments: [1, 7, 64]) func piecesEqualOneGo(size: Int) throws {
    let model = try tiny.model()
    let ids = tiny.tokens(90)
    var cache = KeyValueCache(model.configuration)
    var parts: [Tensor] = []
    try model.prefill(
      LanguageModel.Span(ids), cache: &cache, pieceSize: size, lanes: Lanes(2)
    ) { hidden, _ in parts.append(hidden) }
    let hidden = Tensor(concatenatingRows: parts, rowShape: [64])
    let logits = try model.logits(hidden, lanes: Lanes(2))
    #expect(largestDifference(logits, try model.allLogits(ids)) < Self.tolerance)
    #expect(cache.longest == 90)
    #expect(cache.byteCount == 90 * model.configuration.cacheBytesPerToken)
  }

  @Test func onlyDistancesOfPositionsCount() throws {
    let model = try tiny.model()
    let ids = tiny.tokens(30)
    var cache = KeyValueCache(model.configuration)
    let pass = try model.forward(
      LanguageModel.Span(ids, from: 100), cache: &cache, lanes: Lanes(1))
    let moved = try model.logits(pass.hidden, lanes: Lanes(1))
    #expect(largestDifference(moved, try model.allLogits(ids)) < Self.tolerance)

    // Keys moved back in the cache are the keys of the earlier positions.
    cache.shift(first: 30, by: -100, rotary: RotarySettings(), of: model.configuration)
    let next = LanguageModel.Span([7], from: 30)
    let after = try model.forward(next, cache: &cache, lanes: Lanes(1)).hidden
    var plain = KeyValueCache(model.configuration)
    let whole = try model.forward(
      LanguageModel.Span(ids + [7]), cache: &plain, lanes: Lanes(1)
    ).hidden
    #expect(largestDifference(after, whole.rows(30..<31)) < Self.tolerance)
  }

  /// Interleaved pairs with rows permuted are pairs in halves.
  @Test func bothRotaryLayoutsAgreeAfterThePermutation() throws {
    var halves = tiny
    halves.configuration.rotaryLayout = .halves
    let weights = tiny.weights()
    var permuted = weights
    let size = tiny.configuration.headSize
    for layer in 0..<2 {
      for matrix in [LayerMatrix.query, .key] {
        guard let old = weights[matrix.name(layer: layer)] else { continue }
        let values = old.values
        let rows = (0..<old.shape[0]).map { row in
          let (head, place) = (row / size, row % size)
          let (pair, half) = (place % (size / 2), place / (size / 2))
          return head * size + 2 * pair + half
        }
        permuted[matrix.name(layer: layer)] = Tensor(
          rows.flatMap { values[$0 * 64..<($0 + 1) * 64] }, shape: old.shape)
      }
    }
    let ids = tiny.tokens(40)
    let a = try tiny.model(weights).allLogits(ids)
    let b = try halves.model(permuted).allLogits(ids)
    #expect(largestDifference(a, b) < Self.tolerance)
  }

  @Test func continuationsOfACommonPrefixEqualSingleRuns() throws {
    let model = try tiny.model()
    let prefix = tiny.tokens(50)
    var first = KeyValueCache(model.configuration)
    _ = try model.forward(LanguageModel.Span(prefix), cache: &first, lanes: Lanes(2))
    var caches = [first, first, first]
    let spans = [[Int32(3)], [4], [5]].map { LanguageModel.Span($0, from: 50) }
    let batch = try model.forward(spans, caches: &caches, lanes: Lanes(2)).hidden
    #expect(first.longest == 50)
    for (index, span) in spans.enumerated() {
      var own = first
      let single = try model.forward(span, cache: &own, lanes: Lanes(2)).hidden
      #expect(batch.rows(index..<index + 1) == single)
    }
  }

  @Test func refusals() throws {
    let model = try tiny.model()
    var cache = KeyValueCache(model.configuration)
    func refusal(_ span: LanguageModel.Span) -> LanguageModelError? {
      do throws(LanguageModelError) {
        _ = try model.forward(span, cache: &cache, lanes: Lanes(1))
        return nil
      } catch {
        return error
      }
    }
    #expect(refusal(.init([])) == .tooFewTokens(found: 0, needed: 1))
    #expect(
      refusal(.init([1, 300]))?.description
        == "token 300 is outside the vocabulary 0..<300; encode the text with this model's "
        + "tokenizer")
    #expect(
      refusal(.init([1], from: 256))?.description
        == "position 256 is outside the context 0..<256; shorten the text or choose a method that "
        + "extends the context")
    var weights = tiny.weights()
    weights["blk.1.ffn_norm.weight"]?.fill(.nan)
    let damaged = try tiny.model(weights)
    #expect(throws: LanguageModelError.notFinite(layer: 1)) {
      try damaged.forward(.init([1, 2]), cache: &cache, lanes: Lanes(1))
    }
  }
}

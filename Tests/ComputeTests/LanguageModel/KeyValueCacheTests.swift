import Compute
import Testing

struct KeyValueCacheTests {
  /// Two orders of the same float32 sums.
  static let tolerance: Float = 2e-5

  let tiny = TinyModel()

  private func filled(_ model: LanguageModel, _ ids: [Int32]) throws -> KeyValueCache {
    var cache = KeyValueCache(model.configuration)
    _ = try model.forward(LanguageModel.Span(ids), cache: &cache, lanes: Lanes(1))
    return cache
  }

  private func next(_ model: LanguageModel, _ cache: KeyValueCache, at position: Int) throws
    -> Tensor
  {
    var cache = cache
    return try model.forward(
      LanguageModel.Span([9], from: position), cache: &cache, lanes: Lanes(1)
    ).hidden
  }

  @Test func selectingAndConcatenatingGiveTheWholeBack() throws {
    let model = try tiny.model()
    let whole = try filled(model, tiny.tokens(20))
    var (front, back) = (whole, whole)
    front.select(Array(0..<8))
    back.select(Array(8..<20))
    let joined = KeyValueCache(concatenating: [front, back])
    #expect(try next(model, joined, at: 20) == next(model, whole, at: 20))
    // Order does not matter to attention: positions are in the keys.
    let turned = KeyValueCache(concatenating: [back, front])
    #expect(
      largestDifference(try next(model, turned, at: 20), try next(model, whole, at: 20))
        < Self.tolerance)
    #expect(whole.longest == 20 && front.longest == 8)
  }

  /// A token that is dropped counts as if its score were minus infinity: the definition in float64
  /// on the cached keys, in one layer, where nothing else can differ.
  @Test func headsMayHoldDifferentTokens() throws {
    var tiny = tiny
    tiny.configuration.layers = 1
    let model = try tiny.model()
    let ids = tiny.tokens(12)
    var cache = try filled(model, ids)
    cache.drop(layer: 0, head: 0, [2, 3, 11])
    cache.select(layer: 0, head: 1, [1, 4])
    #expect(cache.count(layer: 0, head: 0) == 9 && cache.count(layer: 0, head: 1) == 2)
    var options = ForwardOptions()
    options.observedQueries = 1
    var (kept, full) = (cache, try filled(model, ids))
    let span = LanguageModel.Span([9], from: 12)
    let few = try model.forward(span, cache: &kept, options: options, lanes: Lanes(1)).attention[0]
    let all = try model.forward(span, cache: &full, options: options, lanes: Lanes(1)).attention[0]
    for (head, tokens) in [(0, [0, 1, 4, 5, 6, 7, 8, 9, 10, 12]), (3, [1, 4, 12])] {
      let weights = tokens.map { all[head][$0] }
      let total = weights.reduce(0, +)
      #expect(isClose(Tensor(few[head]), weights.map { $0 / total }, tolerance: Self.tolerance))
    }
  }

  @Test func aCopyKeepsItsTokens() throws {
    let model = try tiny.model()
    let first = try filled(model, tiny.tokens(5))
    var second = first
    _ = try model.forward(LanguageModel.Span([1], from: 5), cache: &second, lanes: Lanes(1))
    second.truncate(to: 5)
    #expect(try next(model, first, at: 5) == next(model, second, at: 5))
  }
}

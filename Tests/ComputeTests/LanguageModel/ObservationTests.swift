import Compute
import Testing

struct ObservationTests {
  /// Float32 softmax twice, by two kernels.
  static let tolerance: Float = 1e-5

  let tiny = TinyModel()

  private func observed(
    _ ids: [Int32], pieceSize: Int, _ change: (inout ForwardOptions) -> Void
  ) throws -> [[[Float]]] {
    let model = try tiny.model()
    var cache = KeyValueCache(model.configuration)
    var options = ForwardOptions()
    change(&options)
    return try model.prefill(
      LanguageModel.Span(ids), cache: &cache, pieceSize: pieceSize, options: options,
      lanes: Lanes(2))
  }

  /// Tiles, rows, and the weights of single queries say the same.
  @Test func sumsOfTheLastQueries() throws {
    let ids = tiny.tokens(60)
    let once = try observed(ids, pieceSize: 60) { $0.observedQueries = 5 }
    let pieces = try observed(ids, pieceSize: 57) { $0.observedQueries = 5 }
    let single = try (55..<60).map { last in
      try observed(Array(ids[...last]), pieceSize: 1) { $0.observedQueries = 1 }
    }
    for layer in 0..<2 {
      for head in 0..<4 {
        var sum = [Float](repeating: 0, count: 60)
        for weights in single {
          for (token, weight) in weights[layer][head].enumerated() { sum[token] += weight }
        }
        #expect(isClose(Tensor(once[layer][head]), sum, tolerance: Self.tolerance))
        #expect(isClose(Tensor(pieces[layer][head]), sum, tolerance: Self.tolerance))
        #expect(abs(sum.reduce(0, +) - 5) < 1e-4)
      }
    }
  }

  /// Over all queries, key head by key head, whatever the pieces.
  @Test(arguments: [5, 40]) func sumsOfAllQueries(pieceSize: Int) throws {
    let ids = tiny.tokens(80)
    let tiles = try observed(ids, pieceSize: 80) { $0.observesAllQueries = true }
    let pieces = try observed(ids, pieceSize: pieceSize) { $0.observesAllQueries = true }
    for layer in 0..<2 {
      for head in 0..<2 {
        #expect(abs(tiles[layer][head].reduce(0, +) - 160) < 1e-2)
        #expect(isClose(Tensor(pieces[layer][head]), tiles[layer][head], tolerance: 1e-4))
      }
    }
  }

  /// The weights that eviction sees are means of the observed ones, and what it drops is gone from
  /// the cache and from this layer's attention.
  @Test func eviction() throws {
    let model = try tiny.model()
    var cache = KeyValueCache(model.configuration)
    _ = try model.forward(LanguageModel.Span(tiny.tokens(20)), cache: &cache, lanes: Lanes(1))
    var expected = cache
    var options = ForwardOptions()
    options.evict = { layer, weights in
      #expect(weights.count == 4 && weights.allSatisfy { $0.count == 22 })
      return layer == 0 ? [[0, 1], []] : [[], [5]]
    }
    let span = LanguageModel.Span([3, 4], from: 20)
    let pass = try model.forward(span, cache: &cache, options: options, lanes: Lanes(1))
    #expect(pass.evicted == [[[0, 1], []], [[], [5]]])
    let evicting = pass.hidden
    expected.drop(layer: 0, head: 0, [0, 1])
    expected.drop(layer: 1, head: 1, [5])
    let before = try model.forward(span, cache: &expected, lanes: Lanes(1)).hidden
    #expect(evicting == before)
    #expect(cache.count(layer: 0, head: 0) == 20 && cache.count(layer: 1, head: 1) == 21)
  }

  /// Temperature and scale 1 change nothing beyond rounding; others do.
  @Test func parallelContext() throws {
    let model = try tiny.model()
    var cache = KeyValueCache(model.configuration)
    _ = try model.forward(LanguageModel.Span(tiny.tokens(20)), cache: &cache, lanes: Lanes(1))
    func hidden(_ context: ForwardOptions.ParallelContext?) throws -> Tensor {
      var (copy, options) = (cache, ForwardOptions())
      options.context = context
      return try model.forward(
        LanguageModel.Span([3, 4, 5], from: 20), cache: &copy, options: options, lanes: Lanes(1)
      ).hidden
    }
    let plain = try hidden(nil)
    let same = try hidden(.init(keys: 20, temperature: 1, scale: 1))
    #expect(largestDifference(plain, same) < 2e-5)
    let sharper = try hidden(.init(keys: 20, temperature: 0.5, scale: 0.8))
    #expect(largestDifference(plain, sharper) > 1e-2)
  }
}

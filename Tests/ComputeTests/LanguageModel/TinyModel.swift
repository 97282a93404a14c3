import Compute

/// A small random decoder: two layers, width 64, four heads over two key heads, 300 tokens.
struct TinyModel {
  var configuration = LlamaConfiguration(
    vocabulary: 300, layers: 2, width: 64, heads: 4, keyHeads: 2, hidden: 96, contextLength: 256)

  /// Random weights by name; gains around 1.
  func weights(seed: UInt64 = 1) -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    for (name, shape) in configuration.tensorShapes {
      var random = RandomStream.generator(seed: seed, purpose: name)
      let isGain = shape.count == 1 && !name.hasSuffix(".bias")
      let size = isGain ? 0.2 : 1.2 / Double(shape[shape.count - 1]).squareRoot()
      let values = (0..<shape.reduce(1, *)).map { _ in
        Float((isGain ? 1 : 0) + size * random.gaussian())
      }
      weights[name] = Tensor(values, shape: Shape(shape))
    }
    return weights
  }

  func model(_ weights: [String: Tensor]? = nil) throws -> LanguageModel {
    try LanguageModel(
      configuration, weights: ReplacedWeights(weights ?? self.weights()), lanes: Lanes(2))
  }

  /// Reproducible tokens.
  func tokens(_ count: Int, seed: UInt64 = 5) -> [Int32] {
    var random = RandomStream.generator(seed: seed, purpose: "tokens")
    return (0..<count).map { _ in Int32(random.index(below: configuration.vocabulary)) }
  }
}

extension LanguageModel {
  /// Scores of all tokens of one pass from an empty cache.
  func allLogits(_ ids: [Int32], lanes: Int = 2) throws -> Tensor {
    var cache = KeyValueCache(configuration)
    let pass = try forward(Span(ids), cache: &cache, lanes: Lanes(lanes))
    return try logits(pass.hidden, lanes: Lanes(lanes))
  }
}

/// Largest absolute difference of two tensors of one shape.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
  precondition(a.shape == b.shape, "difference: \(a.shape) and \(b.shape)")
  return zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

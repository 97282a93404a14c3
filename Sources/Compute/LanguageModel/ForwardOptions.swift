/// What one forward pass does beside computing.
package struct ForwardOptions: Sendable {
  /// The first `keys` tokens of every head are a context that was encoded in parallel parts; their
  /// scores are divided by `temperature`, and their log-sum-exp is multiplied by `scale` before it
  /// meets that of the other tokens.
  ///
  /// - Source: Yang et al. 2025 (APE).
  package struct ParallelContext: Sendable, Equatable {
    package var keys: Int
    package var temperature: Float
    package var scale: Float

    package init(keys: Int, temperature: Float, scale: Float) {
      precondition(keys >= 0 && temperature > 0, "parallel context: \(keys) keys, \(temperature)")
      (self.keys, self.temperature, self.scale) = (keys, temperature, scale)
    }
  }

  /// Chooses tokens that a layer loses before its attention is computed.
  ///
  /// Gets the layer and, for each query head, the weight that the last query gives every token that
  /// its key head holds (the new ones last); gives for each key head the tokens to drop.
  package typealias Eviction = @Sendable (_ layer: Int, _ weights: [[Float]]) -> [[Int]]

  package var rotary = RotarySettings()
  package var form = WeightForm.floats
  /// Queries, from the last, whose attention is summed for the result; 0: none.
  package var observedQueries = 0
  /// Whether all queries are summed instead, over the heads of a group.
  package var observesAllQueries = false
  package var context: ParallelContext?
  package var evict: Eviction?

  package init() {}

  fileprivate var observes: Bool { observedQueries > 0 || observesAllQueries }
}

extension ForwardOptions {
  func makeObserver() -> AttentionObserver? {
    observes ? AttentionObserver(queries: observedQueries, isWhole: observesAllQueries) : nil
  }
}

import Compute

/// A text as a method read it: ready to answer.
package struct ContextReading {
  /// Text and question, and what of the answer was computed.
  package var cache: KeyValueCache
  /// Bytes of text and question in the cache.
  package let cacheByteCount: Int
  /// The question's rows of the last pass over it, `[q, C]`.
  package var hidden: Tensor
  /// Of the first answer token.
  package var position: Int
  /// How answer tokens are computed.
  package var options: ForwardOptions
  /// Loss of the question after each chunk; empty unless chunked.
  package var chunkLosses: [Double] = []
  /// Chunks read, and those kept.
  package var chunks: [Range<Int>] = []
  package var kept: [Int] = []
  /// Where the cached tokens of chunks come from, and how much the question's last token looks at
  /// each of them and at the question; empty unless asked for.
  package var look: (places: JoinedPlaces, attention: [[[Float]]])?
  /// Multiply-adds of linear layers and attention, times two, by formula.
  package var flops: Double

  init(
    cache: KeyValueCache, hidden: Tensor, position: Int, options: ForwardOptions, flops: Double
  ) {
    (self.cache, cacheByteCount) = (cache, cache.byteCount)
    (self.hidden, self.position) = (hidden, position)
    (self.options, self.flops) = (options, flops)
  }
}

extension LlamaConfiguration {
  /// Work of reading `tokens` tokens piece by piece or at once, each seeing those before it.
  ///
  ///     linear N + attention N^2 / 2
  package func flops(reading tokens: Int) -> Double {
    let n = Double(tokens)
    return flopsPerToken * n + attentionFlopsPerKey / 2 * n * n
  }

  /// Work of `tokens` more tokens that each see about `keys` keys.
  package func flops(reading tokens: Int, after keys: Int) -> Double {
    let n = Double(tokens)
    return flopsPerToken * n + attentionFlopsPerKey * n * (Double(keys) + n / 2)
  }
}

extension LanguageModel {
  /// Computes a long text piece after piece, so that only the cache grows with its length.
  ///
  /// - Parameters:
  ///   - span: tokens and positions.
  ///   - cache: earlier tokens; grows.
  ///   - pieceSize: tokens of a piece.
  ///   - options: as for `forward`; observations are those of the last piece, which then holds as
  ///     many tokens as `observedQueries` if there are as many; with `observesAllQueries` the sums
  ///     over all pieces.
  ///   - lanes: cores to use.
  ///   - body: gets every piece's hidden rows and where they start; may throw to stop.
  /// - Returns: what was observed, see `Pass`.
  /// - Throws: what `forward` and `body` throw.
  @discardableResult
  package func prefill(
    _ span: Span, cache: inout KeyValueCache, pieceSize: Int = 512,
    options: ForwardOptions = ForwardOptions(), lanes: Lanes,
    body: (_ hidden: Tensor, _ start: Int) throws -> Void = { _, _ in }
  ) throws -> [[[Float]]] {
    precondition(pieceSize >= 1, "prefill: pieces of \(pieceSize)")
    guard !span.ids.isEmpty else { throw LanguageModelError.tooFewTokens(found: 0, needed: 1) }
    var observed: [[[Float]]] = []
    for piece in Self.pieces(span.ids.count, size: pieceSize, last: options.observedQueries) {
      var options = options
      if piece.upperBound < span.ids.count { options.observedQueries = 0 }
      let pass = try forward(
        Span(Array(span.ids[piece]), positions: Array(span.positions[piece])), cache: &cache,
        options: options, lanes: lanes)
      observed =
        options.observesAllQueries ? Self.sum(observed, pass.attention) : pass.attention
      try body(pass.hidden, piece.lowerBound)
    }
    return observed
  }

  /// Consecutive ranges of up to `size`, the last of at least `last` where there are as many.
  static func pieces(_ count: Int, size: Int, last: Int) -> [Range<Int>] {
    let tail = min(count, max(last, (count - 1) % size + 1))
    let starts = Array(stride(from: 0, to: count - tail, by: size)) + [count - tail]
    return zip(starts, starts.dropFirst() + [count]).map { $0..<$1 }
  }

  /// Adds observations; tokens that joined later have none in the earlier ones.
  private static func sum(_ earlier: [[[Float]]], _ later: [[[Float]]]) -> [[[Float]]] {
    guard !earlier.isEmpty else { return later }
    return zip(earlier, later).map { layers in
      zip(layers.0, layers.1).map { heads in
        var sums = heads.1
        for (token, weight) in heads.0.enumerated() { sums[token] += weight }
        return sums
      }
    }
  }
}

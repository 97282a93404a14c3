extension LanguageModel {
  /// Rows whose scores over the vocabulary exist at a time.
  private static let scoredRows = 96

  /// How surprising each token is after those before it, in nats: -ln P(id[i] | id[..<i]).
  ///
  /// - Parameters:
  ///   - span: at least two tokens; the first of all has no prediction.
  ///   - first: first token to score, at least 1.
  ///   - options: as for `forward`.
  ///   - lanes: cores to use.
  /// - Returns: one number for each of the tokens `first...`.
  /// - Throws: `LanguageModelError`.
  package func score(
    _ span: Span, from first: Int = 1, options: ForwardOptions = ForwardOptions(), lanes: Lanes
  ) throws -> [Float] {
    guard span.ids.count >= 2 else {
      throw LanguageModelError.tooFewTokens(found: span.ids.count, needed: 2)
    }
    precondition(first >= 1 && first < span.ids.count, "score: from token \(first)")
    var cache = KeyValueCache(configuration, capacity: span.ids.count)
    var losses: [Float] = []
    try prefill(span, cache: &cache, options: options, lanes: lanes) { hidden, start in
      // Row r predicts token start + r + 1.
      let begin = max(0, first - 1 - start)
      let end = min(hidden.shape[0], span.ids.count - 1 - start)
      guard begin < end else { return }
      losses += try self.losses(
        hidden.rows(begin..<end),
        targets: Array(span.ids[start + begin + 1..<start + end + 1]), lanes: lanes)
    }
    return losses
  }

  /// -ln P(target) for rows of `hidden`, a few rows at a time.
  ///
  /// - Parameters:
  ///   - hidden: `[rows, C]` of a pass.
  ///   - targets: what follows each row.
  ///   - lanes: cores to use.
  /// - Returns: one number for each row, in nats.
  /// - Throws: `LanguageModelError.notFinite`.
  package func losses(
    _ hidden: Tensor, targets: [Int32], lanes: Lanes
  ) throws(LanguageModelError) -> [Float] {
    precondition(
      hidden.shape[0] == targets.count,
      "losses: \(targets.count) targets for hidden \(hidden.shape)")
    var losses: [Float] = []
    for start in stride(from: 0, to: targets.count, by: Self.scoredRows) {
      let rows = start..<min(targets.count, start + Self.scoredRows)
      losses += try logits(hidden.rows(rows), lanes: lanes)
        .crossEntropies(labels: Array(targets[rows]), lanes: lanes).values
    }
    return losses
  }
}

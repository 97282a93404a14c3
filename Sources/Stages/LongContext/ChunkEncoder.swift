import Compute

/// Reads chunks, each behind the instruction, before the question and at the same positions.
struct ChunkEncoder {
  /// What one chunk gives.
  struct Chunk {
    /// -ln P of each question token given the chunk; the first is predicted by the chunk's last
    /// token.
    let losses: [Float]
    /// Instruction and chunk, without the question.
    let cache: KeyValueCache
    /// For each layer and query head how much the question's last tokens look at each token of
    /// `cache`; empty unless observed.
    let attention: [[[Float]]]
  }

  let model: LanguageModel
  let prefix: [Int32]
  let question: [Int32]
  /// Question tokens, from the last, whose attention is summed; 0: none.
  let observedQueries: Int
  let lanes: Lanes

  /// - Throws: `LanguageModelError`.
  func encode(_ tokens: ArraySlice<Int32>) throws -> Chunk {
    let text = prefix + tokens
    let ids = text + question
    var cache = KeyValueCache(model.configuration, capacity: ids.count)
    var options = ForwardOptions()
    options.observedQueries = min(observedQueries, question.count)
    var losses: [Float] = []
    let attention = try model.prefill(
      LanguageModel.Span(ids), cache: &cache, options: options, lanes: lanes
    ) { hidden, start in
      // Row r predicts token start + r + 1.
      let first = max(0, text.count - 1 - start)
      let end = min(hidden.shape[0], ids.count - 1 - start)
      guard first < end else { return }
      losses += try model.losses(
        hidden.rows(first..<end), targets: Array(ids[start + first + 1..<start + end + 1]),
        lanes: lanes)
    }
    cache.truncate(to: text.count)
    return Chunk(
      losses: losses, cache: cache,
      attention: attention.map { $0.map { Array($0.prefix(text.count)) } })
  }
}

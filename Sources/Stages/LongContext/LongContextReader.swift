import Compute

/// Reads long texts with one method and answers questions about them.
///
/// Losses of the question after a chunk are remembered: samples that share most of their text then
/// cost little more than what is different, and give the same numbers.
package struct LongContextReader {
  package let model: LanguageModel
  /// May change between readings: what is remembered of a chunk depends on its tokens alone.
  package var settings: MethodSettings
  package let lanes: Lanes
  /// First tokens that stay attended to: 4, as Xiao et al. 2024 (StreamingLLM) choose.
  private static let streamingSinks = 4
  /// The same of a sliding window; we choose 16 of the range that Han et al. 2024 (LM-Infinite)
  /// give.
  private static let slidingSinks = 16
  /// Tokens that are read at once with a sliding window, and see each other: we choose a piece that
  /// costs no speed and makes the window a quarter longer at most.
  private static let slidingPiece = 512
  /// Whether readings of chunks say where the question's last token looks.
  package var looks = false
  var knownLosses: [ChunkKey: [Float]] = [:]

  /// What losses of the question after a chunk depend on.
  struct ChunkKey: Hashable {
    let prefix: [Int32]
    let chunk: [Int32]
    let question: [Int32]
  }

  package init(model: LanguageModel, settings: MethodSettings, lanes: Lanes) {
    (self.model, self.settings, self.lanes) = (model, settings, lanes)
  }

  /// Reads a sample's text and question.
  ///
  /// - Parameters:
  ///   - sample: text and question.
  ///   - check: called between parts of the work; may throw to stop.
  /// - Returns: what answers need.
  /// - Throws: `LanguageModelError`, or what `check` throws.
  package mutating func read(
    _ sample: LongContextSample, check: () throws -> Void = {}
  ) throws -> ContextReading {
    var reading =
      switch settings.method {
      case .full: try readAll(sample, RotarySettings(limit: .max), check)
      case .pi, .ntk: try readAll(sample, extended(sample), check)
      case .truncate: try readPart(sample, leading: nil, check)
      case .streaming: try readPart(sample, leading: Self.streamingSinks, check)
      case .lm_infinite: try readSliding(sample, check)
      case .snapkv, .h2o: try readThinned(sample, check)
      case .pcw, .ape, .parallelcomp: try readChunks(sample, check)
      }
    reading.cache.reserve(room: settings.maximumNew)
    return reading
  }

  /// The greedy answer after a reading.
  ///
  /// - Parameters:
  ///   - reading: its cache grows in place, so that no copy of it is part of the answer's time.
  ///   - stopIDs: tokens that end the answer.
  ///   - onToken: called with every token as it is chosen.
  /// - Returns: the tokens of the answer.
  /// - Throws: `LanguageModelError`.
  package func answer(
    _ reading: inout ContextReading, stopIDs: Set<Int32>, onToken: (Int32) -> Void = { _ in }
  ) throws -> LanguageModel.Generation {
    let rows = reading.hidden.shape[0]
    return try model.generate(
      after: reading.hidden.rows(rows - 1..<rows), position: reading.position,
      cache: &reading.cache,
      .init(maximumTokens: settings.maximumNew, stopIDs: stopIDs, options: reading.options),
      lanes: lanes
    ) { id in
      onToken(id)
      return true
    }
  }

  /// -ln P of each question token but the first, as the method reads them.
  ///
  /// - Throws: `LanguageModelError`.
  package func losses(_ reading: ContextReading, question: [Int32]) throws -> [Float] {
    let rows = reading.hidden.shape[0]
    return try model.losses(
      reading.hidden.rows(0..<rows - 1), targets: Array(question.suffix(rows).dropFirst()),
      lanes: lanes)
  }

  /// Angles of a text longer than the trained context.
  private func extended(_ sample: LongContextSample) -> RotarySettings {
    let length = sample.size.total + settings.maximumNew
    return settings.method == .pi
      ? .interpolated(length: length, of: model.configuration)
      : .stretched(length: length, of: model.configuration)
  }
}

// MARK: One sequence

extension LongContextReader {
  /// All tokens at positions 0, 1, ...
  private func readAll(
    _ sample: LongContextSample, _ rotary: RotarySettings, _ check: () throws -> Void
  ) throws -> ContextReading {
    var options = ForwardOptions()
    options.rotary = rotary
    return try readInOrder(
      sample.prefix + sample.context, question: sample.question, options, check)
  }

  /// The window's share of the text: a number of first tokens (nil: half) and as many last ones as
  /// fit.
  private func readPart(
    _ sample: LongContextSample, leading: Int?, _ check: () throws -> Void
  ) throws -> ContextReading {
    let room = settings.usable(prefix: sample.prefix.count, question: sample.question.count)
    var text = sample.context
    if text.count > room {
      let first = min(room, leading ?? room / 2)
      text = Array(text.prefix(first) + text.suffix(room - first))
    }
    return try readInOrder(
      sample.prefix + text, question: sample.question, ForwardOptions(), check)
  }

  private func readInOrder(
    _ text: [Int32], question: [Int32], _ options: ForwardOptions, _ check: () throws -> Void
  ) throws -> ContextReading {
    var cache = KeyValueCache(
      model.configuration, capacity: text.count + question.count + settings.maximumNew)
    try model.prefill(LanguageModel.Span(text), cache: &cache, options: options, lanes: lanes) {
      _, _ in try check()
    }
    let pass = try model.forward(
      LanguageModel.Span(question, from: text.count), cache: &cache, options: options,
      lanes: lanes)
    let count = text.count + question.count
    return ContextReading(
      cache: cache, hidden: pass.hidden, position: count, options: options,
      flops: model.configuration.flops(reading: count))
  }

  /// A sliding window with the first tokens always in it; their keys move along, so that no
  /// distance exceeds the trained context.
  private func readSliding(
    _ sample: LongContextSample, _ check: () throws -> Void
  ) throws -> ContextReading {
    let (sinks, pieceSize) = (Self.slidingSinks, Self.slidingPiece)
    let ids = sample.prefix + sample.context + sample.question
    var options = ForwardOptions()
    options.rotary.limit = .max
    var cache = KeyValueCache(model.configuration, capacity: sinks + settings.window + pieceSize)
    var (shift, hidden, flops) = (0, Tensor(zeros: [1, 1]), 0.0)
    let text = ids.count - sample.question.count
    let starts = Array(stride(from: 0, to: text, by: pieceSize)) + [text]
    for (start, end) in zip(starts, starts.dropFirst() + [ids.count]) where start < end {
      try check()
      let held = cache.longest
      if held > sinks + settings.window {
        cache.select(Array(0..<sinks) + Array(held - settings.window..<held))
      }
      let wanted = max(0, end + settings.maximumNew - model.configuration.contextLength)
      cache.shift(
        first: sinks, by: wanted - shift, rotary: options.rotary, of: model.configuration)
      if start > 0 { shift = wanted }
      flops += model.configuration.flops(reading: end - start, after: cache.longest)
      hidden = try model.forward(
        LanguageModel.Span(Array(ids[start..<end]), from: start), cache: &cache,
        options: options, lanes: lanes
      ).hidden
    }
    return ContextReading(
      cache: cache, hidden: hidden, position: ids.count, options: options, flops: flops)
  }

  /// All tokens, then in each head the ones that got most attention.
  private func readThinned(
    _ sample: LongContextSample, _ check: () throws -> Void
  ) throws -> ContextReading {
    let text = sample.prefix + sample.context
    let ids = text + sample.question
    var options = ForwardOptions()
    options.rotary = extended(sample)
    var cache = KeyValueCache(model.configuration, capacity: ids.count)
    var observing = options
    let isHeavy = settings.method == .h2o
    observing.observesAllQueries = isHeavy
    observing.observedQueries = isHeavy ? 0 : min(settings.observedQueries, sample.question.count)
    var rows: [Tensor] = []
    let attention = try model.prefill(
      LanguageModel.Span(ids), cache: &cache, options: observing, lanes: lanes
    ) { hidden, start in
      try check()
      let first = max(0, text.count - start)
      if first < hidden.shape[0] { rows.append(hidden.rows(first..<hidden.shape[0])) }
    }
    let budget = min(settings.budgetTokens(settings.window), text.count)
    for (layer, heads) in attention.enumerated() {
      let sums = isHeavy ? heads : TokenScores.grouped(heads, group: model.configuration.group)
      for (head, scores) in sums.enumerated() {
        cache.select(
          layer: layer, head: head,
          kept(Array(scores.prefix(text.count)), budget: budget, isHeavy: isHeavy)
            + Array(text.count..<ids.count))
      }
    }
    return ContextReading(
      cache: cache,
      hidden: Tensor(concatenatingRows: rows, rowShape: [model.configuration.width]),
      position: ids.count, options: options,
      flops: model.configuration.flops(reading: ids.count))
  }

  private func kept(_ scores: [Float], budget: Int, isHeavy: Bool) -> [Int] {
    guard isHeavy else {
      return TokenScores.largest(
        TokenScores.pooled(scores, kernel: settings.pool), count: budget)
    }
    let recent = max(0, scores.count - budget / 2)
    let heavy = TokenScores.largest(
      Array(scores[..<recent]), count: budget - (scores.count - recent))
    return heavy + Array(recent..<scores.count)
  }
}

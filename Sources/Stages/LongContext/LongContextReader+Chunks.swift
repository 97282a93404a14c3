import Compute

extension LongContextReader {
  /// A chunk that is kept.
  private struct Kept {
    let index: Int
    let chunk: ChunkEncoder.Chunk
  }

  /// Chunks side by side, of which the best are joined for the question.
  mutating func readChunks(
    _ sample: LongContextSample, _ check: () throws -> Void
  ) throws -> ContextReading {
    let ranges = settings.chunks(of: sample)
    let encoder = ChunkEncoder(
      model: model, prefix: sample.prefix, question: sample.question,
      observedQueries: settings.compress == .parallel ? settings.observedQueries : 0,
      lanes: lanes)
    let (losses, fresh) = try encode(ranges, of: sample, encoder, check)
    let kept = try chosen(losses, of: sample).map { index in
      try check()
      return Kept(
        index: index, chunk: try fresh[index] ?? encoder.encode(sample.context[ranges[index]]))
    }
    var reading = try join(kept, sample)
    reading.chunks = ranges
    reading.chunkLosses = losses
    reading.kept = kept.map(\.index)
    let overhead = sample.prefix.count + sample.question.count
    reading.flops += ranges.reduce(0) {
      $0 + model.configuration.flops(reading: $1.count + overhead)
    }
    return reading
  }

  /// The loss of the question after every chunk, and those chunks that were computed for it and may
  /// be kept: at most as many caches as are kept, and one more, live at once.
  private mutating func encode(
    _ ranges: [Range<Int>], of sample: LongContextSample, _ encoder: ChunkEncoder,
    _ check: () throws -> Void
  ) throws -> (losses: [Double], fresh: [Int: ChunkEncoder.Chunk]) {
    var (losses, fresh): ([Double], [Int: ChunkEncoder.Chunk]) = ([], [:])
    for (index, range) in ranges.enumerated() {
      try check()
      let key = ChunkKey(
        prefix: sample.prefix, chunk: Array(sample.context[range]), question: sample.question)
      if let known = knownLosses[key] {
        losses.append(mean(known))
      } else {
        let chunk = try encoder.encode(sample.context[range])
        knownLosses[key] = chunk.losses
        losses.append(mean(chunk.losses))
        fresh[index] = chunk
      }
      // A random choice is known only when all chunks are counted.
      let best: Set<Int> = selection == .random ? [] : Set(chosen(losses, of: sample))
      fresh = fresh.filter { best.contains($0.key) }
    }
    return (losses, fresh)
  }

  private var selection: ChunkSelection {
    settings.method == .parallelcomp ? settings.select : .all
  }

  /// Chunks that are kept of those with these losses; the same ones whenever it is asked.
  private func chosen(_ losses: [Double], of sample: LongContextSample) -> [Int] {
    var random = RandomStream.generator(
      seed: UInt64(settings.seed), purpose: "chunks", sample.id)
    return selection.chosen(losses, keep: settings.keep, random: &random)
  }

  /// Mean over the scored question tokens.
  private func mean(_ losses: [Float]) -> Double {
    let scored = settings.scoredTokens == 0 ? losses[...] : losses.suffix(settings.scoredTokens)
    return scored.reduce(0) { $0 + Double($1) } / Double(max(1, scored.count))
  }

  /// Thins and concatenates the kept chunks in document order, and reads the question once more
  /// behind them.
  private func join(_ kept: [Kept], _ sample: LongContextSample) throws -> ContextReading {
    let configuration = model.configuration
    var places: [[[JoinedPlaces.Place]]] = Array(
      repeating: Array(repeating: [], count: configuration.keyHeads),
      count: configuration.layers)
    let caches = kept.enumerated().map { order, item in
      var cache = item.chunk.cache
      let length = cache.longest
      let start = order > 0 && settings.dropsRepeatedPrefix ? sample.prefix.count : 0
      for layer in 0..<configuration.layers {
        let attention = item.chunk.attention.isEmpty ? nil : item.chunk.attention[layer]
        let scores = attention.map { TokenScores.grouped($0, group: configuration.group) }
        for head in 0..<configuration.keyHeads {
          let tokens = tokens(start..<length, scores?[head])
          if tokens.count < length { cache.select(layer: layer, head: head, tokens) }
          places[layer][head] += tokens.map { .init(position: Int32($0), length: Int32(length)) }
        }
      }
      return cache
    }
    let position = kept.map(\.chunk.cache.longest).max() ?? 0
    var joined = KeyValueCache(
      concatenating: caches, room: sample.question.count + settings.maximumNew)
    var options = ForwardOptions()
    if settings.method == .ape {
      options.context = .init(
        keys: joined.longest, temperature: Float(settings.temperature),
        scale: Float(settings.scale))
    }
    let question = LanguageModel.Span(sample.question, from: position)
    if settings.compress == .global { try thin(&joined, &places, question, chunks: kept.count) }
    var reading = options
    if !settings.calibration.isEmpty {
      let (settings, layout) = (settings, JoinedPlaces(heads: places))
      reading.evict = { layout.outliers(layer: $0, weights: $1, settings) }
    }
    let flops = configuration.flops(reading: sample.question.count, after: joined.longest)
    if looks { reading.observedQueries = 1 }
    let pass = try model.forward(question, cache: &joined, options: reading, lanes: lanes)
    var result = ContextReading(
      cache: joined, hidden: pass.hidden, position: position + sample.question.count,
      options: options, flops: flops)
    if looks {
      result.look = (JoinedPlaces(heads: places).dropping(pass.evicted), pass.attention)
    }
    return result
  }

  /// The tokens of a chunk that a head keeps.
  private func tokens(_ candidates: Range<Int>, _ scores: [Float]?) -> [Int] {
    guard let scores else { return Array(candidates) }
    let pooled = TokenScores.pooled(scores, kernel: settings.pool)
    return TokenScores.largest(
      Array(pooled[candidates]), count: settings.budgetTokens(scores.count)
    ).map { $0 + candidates.lowerBound }
  }

  /// Thins the joined cache once, by a first look of the question at all of it.
  private func thin(
    _ joined: inout KeyValueCache, _ places: inout [[[JoinedPlaces.Place]]],
    _ question: LanguageModel.Span, chunks: Int
  ) throws {
    var (copy, observing) = (joined, ForwardOptions())
    observing.observedQueries = min(settings.observedQueries, question.ids.count)
    let attention = try model.forward(
      question, cache: &copy, options: observing, lanes: lanes
    ).attention
    for (layer, heads) in attention.enumerated() {
      for (head, scores) in TokenScores.grouped(heads, group: model.configuration.group)
        .enumerated()
      {
        let count = joined.count(layer: layer, head: head)
        let pooled = TokenScores.pooled(Array(scores.prefix(count)), kernel: settings.pool)
        let kept = TokenScores.largest(
          pooled, count: settings.budgetTokens(count, chunks: chunks))
        joined.select(layer: layer, head: head, kept)
        places[layer][head] = kept.map { places[layer][head][$0] }
      }
    }
  }
}

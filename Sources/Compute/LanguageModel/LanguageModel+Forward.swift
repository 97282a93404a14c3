internal import CKernels

extension LanguageModel {
  /// What a forward pass gives.
  package struct Pass: Sendable {
    /// The last norm's result for every token, `[T, C]`: what enters the head.
    package let hidden: Tensor
    /// For each layer what was observed: see `ForwardOptions`.
    package let attention: [[[Float]]]
    /// For each layer and key head the tokens that `ForwardOptions.evict` dropped, numbered as they
    /// were before; empty without it.
    package let evicted: [[[Int]]]
  }

  /// Tokens that continue one cache.
  package struct Span: Sendable {
    package let ids: [Int32]
    package let positions: [Int]

    /// - Parameters:
    ///   - ids: tokens.
    ///   - positions: of each; consecutive from `start` if nil.
    ///   - start: see `positions`.
    package init(_ ids: [Int32], positions: [Int]? = nil, from start: Int = 0) {
      self.ids = ids
      self.positions = positions ?? Array(start..<start + ids.count)
      precondition(
        self.positions.count == ids.count,
        "span: \(ids.count) tokens with \(self.positions.count) positions")
    }
  }

  /// Computes tokens that see all of a cache and, causally, each other; they join the cache.
  ///
  /// - Parameters:
  ///   - span: tokens and positions, in any order of positions.
  ///   - cache: earlier tokens, whose keys were turned with the same angles.
  ///   - options: see there.
  ///   - lanes: cores to use; the result does not depend on them.
  /// - Returns: hidden rows of the span, and observations.
  /// - Throws: `LanguageModelError` for unknown tokens, positions outside the context, and values
  ///   that are not finite.
  package func forward(
    _ span: Span, cache: inout KeyValueCache, options: ForwardOptions = ForwardOptions(),
    lanes: Lanes
  ) throws(LanguageModelError) -> Pass {
    var caches = [cache]
    // One owner while it grows.
    cache = .empty
    defer { cache = caches[0] }
    return try forward([span], caches: &caches, options: options, lanes: lanes)
  }

  /// The same for several independent sequences at once, whose linear layers share one product:
  /// continuations of a common prefix when the caches are copies of one.
  ///
  /// - Parameters:
  ///   - spans: tokens of each sequence, none empty.
  ///   - caches: one for each.
  ///   - options: for all of them; observations are those of the last sequence, and only one may
  ///     evict.
  ///   - lanes: cores to use.
  /// - Returns: `hidden` holds the sequences one after another.
  /// - Throws: `LanguageModelError`, as above.
  package func forward(
    _ spans: [Span], caches: inout [KeyValueCache], options: ForwardOptions = ForwardOptions(),
    lanes: Lanes
  ) throws(LanguageModelError) -> Pass {
    precondition(
      spans.count == caches.count && (options.evict == nil || spans.count == 1),
      "forward: \(spans.count) spans with \(caches.count) caches")
    try check(spans, limit: options.rotary.limit ?? configuration.contextLength)
    return try lanes.awake { lanes throws(LanguageModelError) in
      try compute(spans, &caches, options, lanes)
    }
  }

  private func compute(
    _ spans: [Span], _ caches: inout [KeyValueCache], _ options: ForwardOptions, _ lanes: Lanes
  ) throws(LanguageModelError) -> Pass {
    let angles = options.rotary.positions(spans.flatMap(\.positions), of: configuration)
    var x = embedding.rows(spans.flatMap(\.ids), lanes: lanes)
    var attention: [[[Float]]] = []
    var evicted: [[[Int]]] = []
    for (index, layer) in layers.enumerated() {
      var observer = options.makeObserver()
      var packed = layer.queryKeyValue.product(
        normalised(x, layer.attentionNorm, lanes), form: options.form, lanes: lanes)
      if let biases = layer.biases { packed.addBias(biases, lanes: lanes) }
      angles.turn(
        &packed, rows: 0..<packed.shape[0], heads: configuration.heads + configuration.keyHeads,
        lanes: lanes)
      let mixed = attend(packed, spans, &caches, index, options, &observer, &evicted, lanes)
      x.add(layer.attentionOutput.product(mixed, form: options.form, lanes: lanes), lanes: lanes)
      x.add(mlp(x, layer, form: options.form, lanes: lanes), lanes: lanes)
      guard x.isFinite(lanes: lanes) else { throw .notFinite(layer: index) }
      if let observer { attention.append(observer.sums) }
    }
    return Pass(
      hidden: normalised(x, outputNorm, lanes), attention: attention,
      evicted: evicted)
  }

  private func check(_ spans: [Span], limit: Int) throws(LanguageModelError) {
    for span in spans {
      guard !span.ids.isEmpty else { throw .tooFewTokens(found: 0, needed: 1) }
      for id in span.ids where id < 0 || id >= configuration.vocabulary {
        throw .tokenOutside(id: Int(id), vocabulary: configuration.vocabulary)
      }
      for position in span.positions where position < 0 || position >= limit {
        throw .positionOutside(position: position, limit: limit)
      }
    }
  }

  /// Adds keys and values of one layer to the caches; attention of every token.
  private func attend(
    _ packed: Tensor, _ spans: [Span], _ caches: inout [KeyValueCache], _ layer: Int,
    _ options: ForwardOptions, _ observer: inout AttentionObserver?,
    _ evicted: inout [[[Int]]], _ lanes: Lanes
  ) -> Tensor {
    let c = configuration
    var outputs: [Tensor] = []
    var start = 0
    for (index, span) in spans.enumerated() {
      let part = packed.rows(start..<start + span.ids.count)
      start += span.ids.count
      part.withUnsafeFloats { rows in
        caches[index].append(
          layer: layer, keys: rows + c.queryColumns, values: rows + c.queryColumns + c.keyColumns,
          stride: packed.shape[1], tokens: span.ids.count)
      }
      func attention() -> CachedAttention {
        CachedAttention(
          model: c, packed: part, heads: caches[index].layers[layer], context: options.context,
          lanes: lanes)
      }
      if let evict = options.evict {
        let weights = attention().rows(last: 1).weights.flatMap {
          AttentionObserver.headSums($0, last: 1)
        }
        let dropped = evict(layer, weights)
        evicted.append(dropped)
        for (head, tokens) in dropped.enumerated() {
          caches[index].drop(layer: layer, head: head, tokens)
        }
      }
      outputs.append(attention().output(observing: &observer))
    }
    return outputs.count == 1
      ? outputs[0] : Tensor(concatenatingRows: outputs, rowShape: [c.queryColumns])
  }

  private func mlp(_ x: Tensor, _ layer: Layer, form: WeightForm, lanes: Lanes) -> Tensor {
    let columns = configuration.hidden
    let both = layer.gateUp.product(normalised(x, layer.mlpNorm, lanes), form: form, lanes: lanes)
    let gated = Tensor([x.shape[0], columns]) { y in
      both.withUnsafeFloats { both in
        lanes.forEachGroup(of: x.shape[0], floats: 2 * columns) { rows in
          ck_gated(
            y + rows.lowerBound * columns, both + 2 * rows.lowerBound * columns,
            Int64(rows.count), Int64(columns), Activation.silu.kind)
        }
      }
    }
    return layer.down.product(gated, form: form, lanes: lanes)
  }

  private func normalised(_ x: Tensor, _ gain: Tensor, _ lanes: Lanes) -> Tensor {
    Tape(lanes: lanes, isRecording: false)
      .rmsNorm(.constant(x), weight: .constant(gain), eps: configuration.eps).value
  }

  /// Scores over the vocabulary of rows of `hidden`: `[rows, V]`.
  package func logits(
    _ hidden: Tensor, form: WeightForm = .floats, lanes: Lanes
  ) throws(LanguageModelError) -> Tensor {
    let logits = head.product(hidden, form: form, lanes: lanes)
    guard logits.isFinite(lanes: lanes) else { throw .notFinite(layer: nil) }
    return logits
  }
}

extension Tensor {
  /// Whether no element is infinite or NaN.
  fileprivate func isFinite(lanes: Lanes) -> Bool {
    withUnsafeFloats { x in
      lanes.mapChunks(of: count, size: 65_536, work: count) { _, part in
        ck_sum_squares(x + part.lowerBound, Int64(part.count))
      }
    }.allSatisfy(\.isFinite)
  }
}

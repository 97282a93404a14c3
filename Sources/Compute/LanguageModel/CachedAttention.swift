internal import CKernels

/// Attention of new tokens, whose keys and values were just added to a cache, to all that the cache
/// holds: each key head's queries see the older tokens and, causally, each other.
struct CachedAttention {
  /// Up to this many queries are computed row by row, with all their weights at hand; more go
  /// through the tiles, which store none.
  private static let fewQueries = 12
  /// Queries in one piece of the tiled pass: eight tiles.
  private static let pieceQueries = 384

  let model: LlamaConfiguration
  /// `[T, (H + 2 keyHeads) E]`: queries first.
  let packed: Tensor
  let heads: [KeyValueCache.Head]
  let context: ForwardOptions.ParallelContext?
  let lanes: Lanes

  private var tokens: Int { packed.shape[0] }

  private func unit(_ head: KeyValueCache.Head, queries: Int) -> ck_attention_shape {
    let size = Int64(model.headSize)
    return ck_attention_shape(
      queries: Int64(queries), keys: Int64(head.count), heads: Int64(model.group), headSize: size,
      ldq: Int64(packed.shape[1]), ldk: size, ldv: size, ldo: Int64(model.queryColumns),
      offset: Int64(head.count - queries), scale: 1 / Float(model.headSize).squareRoot())
  }

  /// Multiply-adds of one product of queries and keys.
  private var work: Int {
    heads.reduce(0) { $0 + $1.count } * tokens * model.group * model.headSize
  }

  /// What attention gives each token.
  ///
  /// - Parameter observer: receives the weights of all queries where they are wanted.
  /// - Returns: `[T, H E]`.
  func output(observing observer: inout AttentionObserver?) -> Tensor {
    if tokens <= Self.fewQueries || context != nil {
      let (output, weights) = rows(last: tokens)
      observer?.note(weights, model: model)
      return output
    }
    let (output, lse) = tiles()
    if observer?.isWhole == true {
      observer?.note(columnSums: columnSums(lse: lse))
    } else if let count = observer?.queries, count > 0 {
      observer?.note(rows(last: min(count, tokens)).weights, model: model)
    }
    return output
  }

  /// Output and weights of the last `count` queries alone: weights of key head g are
  /// `[group, count, keys]`.
  func rows(last count: Int) -> (output: Tensor, weights: [Tensor]) {
    let first = tokens - count
    let places = starts { model.group * count * $0 }
    var weights = Tensor(uninitialized: [places.total])
    let output = Tensor([count, model.queryColumns]) { o in
      weights.withUnsafeMutableFloats { p in
        lanes.forEachChunk(of: heads.count, size: 1, work: 2 * work / tokens * count) { g, _ in
          var unit = unit(heads[g], queries: count)
          var settings = ck_attention_context(
            keys: Int64(context?.keys ?? 0), temperature: context?.temperature ?? 1,
            scale: context?.scale ?? 1)
          let column = g * model.group * model.headSize
          Tensor.withUnsafeFloats(packed, heads[g].keys, heads[g].values) { q, k, v in
            ck_attention_rows(
              o + column, p + places.starts[g], q + first * packed.shape[1] + column, k, v, &unit,
              &settings)
          }
        }
      }
    }
    return (
      output,
      heads.indices.map {
        weights.view(at: places.starts[$0], shape: [model.group, count, heads[$0].count])
      }
    )
  }

  /// Where each key head's numbers start in a common block, of `size(keys)` numbers a head.
  private func starts(_ size: (Int) -> Int) -> (starts: [Int], total: Int) {
    var (starts, total) = ([Int](), 0)
    for head in heads {
      starts.append(total)
      total += size(head.count)
    }
    return (starts, total)
  }

  /// Output of all queries and their log-sum-exps, `[H, T]`.
  private func tiles() -> (output: Tensor, lse: Tensor) {
    var lse = Tensor(uninitialized: [model.heads, tokens])
    let output = Tensor([tokens, model.queryColumns]) { o in
      lse.withUnsafeMutableFloats { lse in
        forEachPiece { scratch, g, column, queries, unit in
          Tensor.withUnsafeFloats(packed, heads[g].keys, heads[g].values) { q, k, v in
            ck_attention_forward(
              o + column, lse + g * model.group * tokens, q + column, k, v, scratch,
              Int64(queries.lowerBound), Int64(queries.upperBound), &unit)
          }
        }
      }
    }
    return (output, lse)
  }

  /// For each key head how much weight each of its keys got from all queries of its group.
  private func columnSums(lse: Tensor) -> [[Float]] {
    let pieces = pieceCount
    let places = starts { pieces * $0 }
    var parts = Tensor(zeros: [places.total])
    parts.withUnsafeMutableFloats { sums in
      forEachPiece { scratch, g, column, queries, unit in
        let place = places.starts[g] + queries.lowerBound / Self.pieceQueries * heads[g].count
        Tensor.withUnsafeFloats(packed, heads[g].keys, lse) { q, k, lse in
          ck_attention_column_sums(
            sums + place, lse + g * model.group * tokens, q + column, k, scratch,
            Int64(queries.lowerBound), Int64(queries.upperBound), &unit)
        }
      }
    }
    return parts.withUnsafeFloats { parts in
      heads.indices.map { g in
        let keys = heads[g].count
        return (0..<keys).map { key in
          (0..<pieces).reduce(0) { $0 + parts[places.starts[g] + $1 * keys + key] }
        }
      }
    }
  }

  private var pieceCount: Int { (tokens + Self.pieceQueries - 1) / Self.pieceQueries }

  /// Calls `body` for pieces of the queries of each key head, on all lanes.
  private func forEachPiece(
    _ body: (
      _ scratch: UnsafeMutablePointer<Float>, _ head: Int, _ column: Int, _ queries: Range<Int>,
      _ unit: inout ck_attention_shape
    ) -> Void
  ) {
    var largest = unit(heads.max { $0.count < $1.count } ?? heads[0], queries: tokens)
    let size = Int(ck_attention_scratch_count(&largest))
    let pieces = pieceCount
    withScratch(floats: size * lanes.numberCount) { scratch in
      lanes.forEachChunk(of: heads.count * pieces, size: 1, work: 2 * work) { lane, item, _ in
        let (g, first) = (item / pieces, item % pieces * Self.pieceQueries)
        var unit = unit(heads[g], queries: tokens)
        body(
          scratch + lane * size, g, g * model.group * model.headSize,
          first..<min(tokens, first + Self.pieceQueries), &unit)
      }
    }
  }
}

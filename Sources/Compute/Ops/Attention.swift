internal import CKernels

extension Tape {
  /// Scaled dot-product attention, in tiles: nothing of the size T x S is ever stored.
  ///
  ///     p = softmax(scale q k^T)   over the keys that the query sees,     o = p v
  ///     dv = p^T do,   ds = p (do v^T - rowsum(do o)) scale,   dq = ds k,   dk = ds^T q
  ///
  /// The way back keeps o and one log-sum-exp a query and head, and computes p again. A query that
  /// sees no key gives 0.
  ///
  /// - Parameters:
  ///   - query: `[N T, H E]`.
  ///   - key: `[N S, keyHeads E]`.
  ///   - value: the shape of `key`.
  ///   - shape: sizes and mask.
  /// - Returns: `[N T, H E]`.
  /// - Source: Vaswani et al. 2017; tiles as in Dao et al. 2022 (FlashAttention).
  package func attention(
    query: Variable, key: Variable, value: Variable, _ shape: AttentionShape
  ) -> Variable {
    precondition(
      query.shape == [shape.batch * shape.queries, shape.queryColumns]
        && key.shape == [shape.batch * shape.keys, shape.keyColumns] && value.shape == key.shape,
      "attention: query \(query.shape), key \(key.shape), value \(value.shape) for \(shape)")
    let pass = AttentionPass(
      shape: shape, queryStride: shape.queryColumns, keyStride: shape.keyColumns,
      queryRows: shape.queries, lanes: lanes)
    let (q, k, v) = (query.value, key.value, value.value)
    let (o, lse) = Tensor.withUnsafeFloats(q, k, v) { pass.forward($0, $1, $2) }
    return record(o, from: [query, key, value]) { gradient in
      var (dq, dk) = (Tensor(uninitialized: q.shape), Tensor(uninitialized: k.shape))
      var dv = Tensor(uninitialized: k.shape)
      dq.withUnsafeMutableFloats { dq in
        dk.withUnsafeMutableFloats { dk in
          dv.withUnsafeMutableFloats { dv in
            Tensor.withUnsafeFloats(q, k, v) { q, k, v in
              pass.backward((dq, dk, dv), q, k, v, output: o, gradient: gradient, lse: lse)
            }
          }
        }
      }
      return [dq, dk, dv]
    }
  }

  /// The same from one tensor whose rows hold queries, keys and values one after another, as a
  /// single product gives them; no copy is made.
  ///
  /// - Parameters:
  ///   - packed: `[N S, (H + 2 keyHeads) E]`.
  ///   - shape: sizes and mask; where `queries` is less than `keys`, only the first tokens of each
  ///     sequence ask.
  /// - Returns: `[N T, H E]`.
  package func attention(packed: Variable, _ shape: AttentionShape) -> Variable {
    precondition(
      packed.shape == [shape.batch * shape.keys, shape.packedColumns]
        && shape.queries <= shape.keys,
      "attention: packed \(packed.shape) for \(shape)")
    let pass = AttentionPass(
      shape: shape, queryStride: shape.packedColumns, keyStride: shape.packedColumns,
      queryRows: shape.keys, lanes: lanes)
    let (keyColumn, valueColumn) = (shape.queryColumns, shape.queryColumns + shape.keyColumns)
    let input = packed.value
    let (o, lse) = input.withUnsafeFloats { pass.forward($0, $0 + keyColumn, $0 + valueColumn) }
    return record(o, from: [packed]) { gradient in
      [
        Tensor(input.shape) { dx in
          input.withUnsafeFloats { x in
            pass.backward(
              (dx, dx + keyColumn, dx + valueColumn), x, x + keyColumn, x + valueColumn,
              output: o, gradient: gradient, lse: lse)
          }
        }
      ]
    }
  }
}

/// Both ways of one attention over rows with strides.
private struct AttentionPass {
  /// Queries in one piece of the forward pass, and in one of the way back at least: eight tiles.
  private static let pieceQueries = 384
  /// With fewer units (a sequence's key heads) the way back is cut, so that lanes share the work.
  private static let enoughUnits = 8

  let shape: AttentionShape
  /// Floats between tokens.
  let queryStride: Int
  let keyStride: Int
  /// Rows of the query tensor in one sequence: more than T where only the first ones ask.
  let queryRows: Int
  let lanes: Lanes

  /// Queries in one piece of the way back, in whole tiles.
  private var backwardQueries: Int {
    let units = max(1, shape.batch * shape.keyHeads)
    let pieces = max(1, min(Self.enoughUnits / units, shape.queries / Self.pieceQueries))
    return max(1, ((shape.queries + pieces - 1) / pieces + 47) / 48) * 48
  }
  private var backwardPieces: Int {
    max(1, (shape.queries + backwardQueries - 1) / backwardQueries)
  }
  /// Whether the pieces of a unit have their own sums of dk and dv, which are added in order.
  private var isCut: Bool { backwardPieces > 1 }

  /// What the kernel sees of a sequence of which `keys` keys count.
  private func unit(keys: Int) -> ck_attention_shape {
    ck_attention_shape(
      queries: Int64(shape.queries), keys: Int64(keys),
      heads: Int64(shape.group), headSize: Int64(shape.headSize), ldq: Int64(queryStride),
      ldk: Int64(keyStride), ldv: Int64(keyStride), ldo: Int64(shape.queryColumns),
      offset: Int64(shape.isCausal ? shape.offset : shape.keys), scale: shape.scale)
  }

  private func keys(of sequence: Int) -> Int { shape.keyLengths?[sequence] ?? shape.keys }

  /// Where the data of a unit starts: sequence n, key head g.
  private func places(_ n: Int, _ g: Int) -> (query: Int, key: Int, output: Int, lse: Int) {
    let head = g * shape.group
    return (
      n * queryRows * queryStride + head * shape.headSize,
      n * shape.keys * keyStride + g * shape.headSize,
      n * shape.queries * shape.queryColumns + head * shape.headSize,
      (n * shape.heads + head) * shape.queries
    )
  }

  private var scratchCount: Int {
    var full = unit(keys: shape.keys)
    return Int(ck_attention_scratch_count(&full))
  }

  /// Multiply-adds of one product of all queries and keys.
  private var work: Int {
    shape.batch * shape.queries * shape.keys * shape.queryColumns
  }

  func forward(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>
  ) -> (output: Tensor, lse: Tensor) {
    var lse = Tensor(uninitialized: [shape.batch, shape.heads, shape.queries])
    let output = Tensor([shape.batch * shape.queries, shape.queryColumns]) { o in
      guard shape.batch * shape.queries > 0 else { return }
      let pieces = (shape.queries + Self.pieceQueries - 1) / Self.pieceQueries
      let size = scratchCount
      lse.withUnsafeMutableFloats { lse in
        withScratch(floats: size * lanes.numberCount) { scratch in
          lanes.forEachChunk(of: shape.batch * shape.keyHeads * pieces, size: 1, work: 2 * work) {
            lane, item, _ in
            let (n, g) = (item / pieces / shape.keyHeads, item / pieces % shape.keyHeads)
            let first = item % pieces * Self.pieceQueries
            let last = min(shape.queries, first + Self.pieceQueries)
            let place = places(n, g)
            var unit = unit(keys: keys(of: n))
            ck_attention_forward(
              o + place.output, lse + place.lse, q + place.query, k + place.key, v + place.key,
              scratch + lane * size, Int64(first), Int64(last), &unit)
          }
        }
      }
    }
    return (output, lse)
  }

  func backward(
    _ d: (
      q: UnsafeMutablePointer<Float>, k: UnsafeMutablePointer<Float>,
      v: UnsafeMutablePointer<Float>
    ),
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>,
    output: Tensor, gradient: Tensor, lse: Tensor
  ) {
    let (size, pieces) = (scratchCount, backwardPieces)
    let units = shape.batch * shape.keyHeads
    // dk and dv of one piece.
    let share = isCut ? shape.keys * shape.headSize : 0
    Tensor.withUnsafeFloats(output, gradient, lse) { o, dOut, lse in
      withScratch(floats: size * lanes.numberCount + 2 * share * units * pieces) { scratch in
        let shares = scratch + size * lanes.numberCount
        lanes.forEachChunk(of: units * pieces, size: 1, work: 5 * work) { lane, item, _ in
          let (n, g) = (item / pieces / shape.keyHeads, item / pieces % shape.keyHeads)
          let first = item % pieces * backwardQueries
          let last = min(shape.queries, first + backwardQueries)
          let place = places(n, g)
          var unit = unit(keys: keys(of: n))
          if first == 0 { clearUnseen(d, place.query, place.key, seen: Int(unit.keys)) }
          let own = shares + 2 * share * item
          ck_attention_backward(
            d.q + place.query, isCut ? own : d.k + place.key,
            isCut ? own + share : d.v + place.key, Int64(isCut ? shape.headSize : keyStride),
            o + place.output, dOut + place.output,
            lse + place.lse, q + place.query, k + place.key, v + place.key,
            scratch + lane * size, Int64(first), Int64(last), &unit)
        }
        guard isCut else { return }
        lanes.forEachChunk(of: units, size: 1, work: 2 * share * units * pieces) { unit, _ in
          let (n, g) = (unit / shape.keyHeads, unit % shape.keyHeads)
          let (key, own) = (places(n, g).key, shares + 2 * share * unit * pieces)
          addShares(own, share, to: d.k + key, seen: keys(of: n))
          addShares(own + share, share, to: d.v + key, seen: keys(of: n))
        }
      }
    }
  }

  /// The sum of what the pieces of a unit add to the first `seen` rows of dk or dv.
  private func addShares(
    _ shares: UnsafePointer<Float>, _ share: Int, to target: UnsafeMutablePointer<Float>,
    seen: Int
  ) {
    for row in 0..<seen {
      let (sum, first) = (target + row * keyStride, shares + row * shape.headSize)
      sum.update(from: first, count: shape.headSize)
      for piece in 1..<backwardPieces {
        ck_axpy(sum, first + 2 * share * piece, 1, Int64(shape.headSize))
      }
    }
  }

  /// Gradients of keys that no query may see, and of queries that did not ask, are 0.
  private func clearUnseen(
    _ d: (
      q: UnsafeMutablePointer<Float>, k: UnsafeMutablePointer<Float>,
      v: UnsafeMutablePointer<Float>
    ),
    _ query: Int, _ key: Int, seen: Int
  ) {
    for row in seen..<shape.keys {
      (d.k + key + row * keyStride).update(repeating: 0, count: shape.headSize)
      (d.v + key + row * keyStride).update(repeating: 0, count: shape.headSize)
    }
    for row in shape.queries..<queryRows {
      (d.q + query + row * queryStride).update(
        repeating: 0, count: shape.group * shape.headSize)
    }
  }
}

internal import CKernels

/// Collects how much attention the cached tokens of a layer get, without a T x T matrix.
struct AttentionObserver {
  /// How many of the last queries are looked at; all of them when `isWhole`.
  let queries: Int
  let isWhole: Bool
  /// Weights summed over the queries looked at: for each query head, or when `isWhole` for each key
  /// head over the heads of its group, one number for each cached token.
  private(set) var sums: [[Float]] = []

  init(queries: Int, isWhole: Bool) {
    (self.queries, self.isWhole) = (queries, isWhole)
  }

  /// Weights `[group, queries, keys]` of each key head.
  mutating func note(_ weights: [Tensor], model: LlamaConfiguration) {
    guard isWhole || queries > 0 else { return }
    let perHead = weights.flatMap { Self.headSums($0, last: isWhole ? nil : queries) }
    sums =
      isWhole
      ? stride(from: 0, to: perHead.count, by: model.group).map { start in
        (1..<model.group).reduce(perHead[start]) { zip($0, perHead[start + $1]).map(+) }
      } : perHead
  }

  mutating func note(columnSums: [[Float]]) { sums = columnSums }

  /// Sums over the last `count` queries (nil: all) for each head of a group.
  static func headSums(_ weights: Tensor, last count: Int?) -> [[Float]] {
    let (heads, queries, keys) = (weights.shape[0], weights.shape[1], weights.shape[2])
    let used = min(queries, count ?? queries)
    return weights.withUnsafeFloats { p in
      (0..<heads).map { head in
        [Float](unsafeUninitializedCapacity: keys) { buffer, initialized in
          initialized = keys
          guard let base = buffer.baseAddress else { return }
          let first = p + (head * queries + queries - used) * keys
          ck_column_sums(base, first, Int64(used), Int64(keys), false)
        }
      }
    }
  }
}

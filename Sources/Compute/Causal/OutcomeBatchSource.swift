/// Endless batches in which arms keep their shares: each arm is passed through in a new order again
/// and again.
struct OutcomeBatchSource {
  private let rows: OutcomeTrainer.Rows
  private let sizes: [Int]
  private let seed: UInt64
  private var orders: [[Int]]
  private var places: [Int]
  private var passes: [Int]

  init(_ rows: OutcomeTrainer.Rows, size: Int, seed: UInt64) {
    self.rows = rows
    self.seed = seed
    let total = rows.arms.reduce(0) { $0 + $1.count }
    let most = min(size, total)
    var sizes = rows.arms.map { arm in
      min(arm.count, max(2, Int((Double(most * arm.count) / Double(total)).rounded())))
    }
    // The larger arm takes what rounding left over.
    let largest = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
    let others = sizes.reduce(0, +) - sizes[largest]
    sizes[largest] = max(2, min(rows.arms[largest].count, most - others))
    self.sizes = sizes
    orders = rows.arms.map { _ in [] }
    places = rows.arms.map { _ in 0 }
    passes = rows.arms.map { _ in 0 }
  }

  mutating func next() -> OutcomeBatch {
    let chosen = rows.arms.indices.map { arm in
      (0..<sizes[arm]).map { _ in
        if places[arm] == orders[arm].count {
          var random = RandomStream.generator(
            seed: seed, purpose: "batch order", arm, passes[arm])
          orders[arm] = random.permutation(rows.arms[arm].count)
          places[arm] = 0
          passes[arm] += 1
        }
        places[arm] += 1
        return rows.arms[arm][orders[arm][places[arm] - 1]]
      }
    }
    return OutcomeBatch(rows, rows: chosen)
  }
}

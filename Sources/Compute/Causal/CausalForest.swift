/// A small honest causal forest, the peer of the networks.
///
/// Outcome and treatment are first made residuals, out of fold, by regression forests (100 trees,
/// leaf 5); then 200 honest trees split on the effect of one residual on the other. Each tree sees
/// 45 % of the units, half of them for its structure and half for its leaves. Predictions pool the
/// leaves: `tau(x) = sum_i w_i t_i y_i / sum_i w_i t_i^2` with w the share of leaves that unit i
/// has in common with x.
///
/// Copies of a unit, as a bootstrap draws them, are drawn and stay together: in both halves of a
/// tree they would undo its honesty.
///
/// - Source: Wager & Athey 2018; Athey, Tibshirani & Wager 2019.
struct CausalForest {
  let seed: UInt64
  private let trees = 200
  private let residualTrees = 100
  private let leastLeaf = 5
  private let share = 0.45

  init(seed: UInt64) { self.seed = seed }

  /// Effects of all units, fitted on some.
  func fit(_ sample: CausalSample, rows: [Int], lanes: Lanes) -> EffectEstimate {
    let width = sample.x.shape[1]
    let x = sample.x.values
    let columns = (0..<width).map { column in
      (0..<sample.count).map { x[$0 * width + column] }
    }
    let y = residuals(
      sample.outcome.map(Double.init), columns, sample, rows, "outcome", lanes: lanes)
    let t = residuals(
      sample.treatment.map(Double.init), columns, sample, rows, "treatment", lanes: lanes)
    let units = RatioTree.Units(
      columns: columns, a: zip(t, y).map { $0 * $1 }, b: t.map { $0 * $0 })
    let sums = pooled(
      units, rows: rows, count: trees, isHonest: true, tried: width, purpose: "effect",
      lanes: lanes)
    return EffectEstimate(effects: sums.map { $0.b > 0 ? $0.a / $0.b : 0 })
  }

  /// What a forest of the other half of the rows leaves of each row's value.
  private func residuals(
    _ values: [Double], _ columns: [[Float]], _ sample: CausalSample, _ rows: [Int],
    _ purpose: String, lanes: Lanes
  ) -> [Double] {
    let units = RatioTree.Units(
      columns: columns, a: values, b: [Double](repeating: 1, count: values.count))
    var random = RandomStream.generator(seed: seed, purpose: "forest folds")
    let copies = Copies(rows)
    let order = random.permutation(copies.rows.count).map { copies.rows[$0] }
    var result = [Double](repeating: 0, count: values.count)
    for fold in 0..<2 {
      let own = order.indices.filter { $0 % 2 == fold }.map { order[$0] }
      let others = order.indices.filter { $0 % 2 != fold }.map { order[$0] }
      let sums = pooled(
        units, rows: copies.of(others), count: residualTrees, isHonest: false,
        tried: max(1, (columns.count + 2) / 3), purpose: "\(purpose) \(fold)", lanes: lanes)
      for row in own { result[row] = values[row] - sums[row].a / sums[row].b }
    }
    return result
  }

  /// Leaf means of all units, added up over the trees.
  private func pooled(
    _ units: RatioTree.Units, rows: [Int], count: Int, isHonest: Bool, tried: Int,
    purpose: String, lanes: Lanes
  ) -> [(a: Double, b: Double)] {
    let copies = Copies(rows)
    let forest = lanes.mapChunks(of: count, size: 1) { tree, _ in
      var random = RandomStream.generator(seed: seed, purpose: "tree \(purpose)", tree)
      let drawn = random.permutation(copies.rows.count)
        .prefix(Int(share * Double(copies.rows.count))).map { copies.rows[$0] }
      let half = drawn.count / 2
      return RatioTree(
        units, structure: copies.of(isHonest ? Array(drawn[..<half]) : drawn),
        filling: copies.of(isHonest ? Array(drawn[half...]) : drawn), leastLeaf: leastLeaf,
        tried: tried,
        random: &random)
    }
    return units.a.indices.map { unit in
      forest.reduce(into: (a: 0, b: 0)) { sums, tree in
        let leaf = tree.leaf(of: unit, in: units.columns)
        sums.a += leaf.a
        sums.b += leaf.b
      }
    }
  }
}

/// Rows, and how often each was drawn.
private struct Copies {
  /// Each once.
  let rows: [Int]
  private let counts: [Int: Int]

  init(_ drawn: [Int]) {
    rows = drawn.distinct
    counts = drawn.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// All copies of some of the rows.
  func of(_ part: [Int]) -> [Int] {
    part.flatMap { [Int](repeating: $0, count: counts[$0] ?? 0) }
  }
}

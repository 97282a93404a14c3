/// An honest tree for a ratio: of two halves of its units one chooses the splits, the other fills
/// the leaves.
///
/// The value of a node is `sum a / sum b` over its units. With a = y and b = 1 this is regression;
/// with residuals a = t y and b = t t it is the effect of t on y. A split maximises
///
///     n_l n_r / (n_l + n_r)^2 (value_l - value_r)^2
///
/// - Source: Athey & Imbens 2016; Wager & Athey 2018.
struct RatioTree {
  /// Units of a tree in terms of columns and the two parts of the ratio.
  struct Units {
    /// `columns[c][unit]`.
    let columns: [[Float]]
    let a: [Double]
    let b: [Double]
  }

  private struct Node {
    /// -1 for a leaf.
    var column = -1
    var threshold: Float = 0
    var left = 0
    var right = 0
    /// Means of a and b over the units that fill a leaf.
    var a = 0.0
    var b = 0.0
  }

  private var nodes: [Node] = []

  /// Grows a tree.
  ///
  /// - Parameters:
  ///   - units: what the rows index.
  ///   - structure: rows that choose splits.
  ///   - filling: rows that fill the leaves; may be the same.
  ///   - leastLeaf: rows of either half in a leaf.
  ///   - tried: columns looked at for a split, drawn anew for each.
  ///   - random: for the draws.
  init(
    _ units: Units, structure: [Int], filling: [Int], leastLeaf: Int, tried: Int,
    random: inout SplitMix64
  ) {
    grow(units, structure, filling, leastLeaf, tried, &random)
  }

  private mutating func grow(
    _ units: Units, _ structure: [Int], _ filling: [Int], _ leastLeaf: Int, _ tried: Int,
    _ random: inout SplitMix64
  ) {
    let place = nodes.count
    nodes.append(Node())
    let count = Double(max(1, filling.count))
    nodes[place].a = filling.reduce(0) { $0 + units.a[$1] } / count
    nodes[place].b = filling.reduce(0) { $0 + units.b[$1] } / count
    guard structure.count >= 2 * leastLeaf, filling.count >= 2 * leastLeaf else { return }
    var (column, threshold, gain): (Int, Float, Double) = (-1, 0, 0)
    for candidate in random.permutation(units.columns.count).prefix(tried) {
      guard
        let split = Self.bestSplit(units, structure, column: candidate, leastLeaf: leastLeaf),
        split.gain > gain
      else { continue }
      let low = filling.count { units.columns[candidate][$0] <= split.threshold }
      guard low >= leastLeaf, filling.count - low >= leastLeaf else { continue }
      (column, threshold, gain) = (candidate, split.threshold, split.gain)
    }
    guard column >= 0 else { return }
    let values = units.columns[column]
    nodes[place].column = column
    nodes[place].threshold = threshold
    nodes[place].left = nodes.count
    grow(
      units, structure.filter { values[$0] <= threshold },
      filling.filter { values[$0] <= threshold },
      leastLeaf, tried, &random)
    nodes[place].right = nodes.count
    grow(
      units, structure.filter { values[$0] > threshold }, filling.filter { values[$0] > threshold },
      leastLeaf, tried, &random)
  }

  /// The best cut of one column; nil where none leaves enough rows and a ratio on both sides.
  private static func bestSplit(
    _ units: Units, _ rows: [Int], column: Int, leastLeaf: Int
  ) -> (threshold: Float, gain: Double)? {
    let values = units.columns[column]
    let sorted = rows.map { (value: values[$0], a: units.a[$0], b: units.b[$0]) }
      .sorted { $0.value < $1.value }
    let (totalA, totalB) = sorted.reduce(into: (0.0, 0.0)) { $0 = ($0.0 + $1.a, $0.1 + $1.b) }
    var (lowA, lowB) = (0.0, 0.0)
    var best: (threshold: Float, gain: Double)?
    let count = Double(sorted.count)
    for place in 0..<sorted.count - leastLeaf {
      lowA += sorted[place].a
      lowB += sorted[place].b
      guard place + 1 >= leastLeaf, sorted[place].value < sorted[place + 1].value,
        lowB > 0, totalB - lowB > 0
      else { continue }
      let gap = lowA / lowB - (totalA - lowA) / (totalB - lowB)
      let share = Double(place + 1) / count
      let gain = share * (1 - share) * gap * gap
      if gain > best?.gain ?? 0 { best = (sorted[place].value, gain) }
    }
    return best
  }

  /// The means of a and b in the leaf of a unit.
  func leaf(of unit: Int, in columns: [[Float]]) -> (a: Double, b: Double) {
    var place = 0
    while nodes[place].column >= 0 {
      let node = nodes[place]
      place = columns[node.column][unit] <= node.threshold ? node.left : node.right
    }
    return (nodes[place].a, nodes[place].b)
  }
}

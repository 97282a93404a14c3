/// One cell on both sides of a comparison.
package struct CellDifference: Sendable, Hashable {
  package enum Judgement: String, Sendable {
    case equal, better, worse
    /// It differs, and nobody says which way is better.
    case different
    case onlyLeft = "only left", onlyRight = "only right"
    /// Neither side has a value.
    case absent
  }

  package let address: CellAddress
  package let left: Double?
  package let right: Double?
  package let numbers: NumberStyle
  package let judgement: Judgement
  /// The smaller number of trials behind a proportion on either side.
  package let trials: Int?
  /// Right minus left in each group (seed) that both sides have.
  package let paired: [Double]

  init(
    _ address: CellAddress, left: (cell: PivotCell, groups: [String])?,
    right: (cell: PivotCell, groups: [String])?, direction: Column.Direction, numbers: NumberStyle,
    tolerance: Tolerance
  ) {
    self.address = address
    self.left = left?.cell.mean
    self.right = right?.cell.mean
    self.numbers = numbers
    let trials = [left, right].compactMap { $0?.cell.trials.reduce(0, +) }.filter { $0 > 0 }
    self.trials = trials.min()
    judgement = Self.judgement(self.left, self.right, direction, tolerance)
    guard let left, let right else {
      paired = []
      return
    }
    paired = left.groups.enumerated().compactMap { index, group in
      guard let other = right.groups.firstIndex(of: group), let a = left.cell.values[index],
        let b = right.cell.values[other]
      else { return nil }
      return b - a
    }
  }

  private static func judgement(
    _ left: Double?, _ right: Double?, _ direction: Column.Direction, _ tolerance: Tolerance
  ) -> Judgement {
    switch (left, right) {
    case (nil, nil): return .absent
    case (_?, nil): return .onlyLeft
    case (nil, _?): return .onlyRight
    case (let left?, let right?):
      if tolerance.accepts(left, right) { return .equal }
      guard let prefersHigher = direction.prefersHigher else { return .different }
      return (right > left) == prefersHigher ? .better : .worse
    }
  }

  /// Whether the sides disagree beyond the tolerance.
  package var differs: Bool { judgement != .equal && judgement != .absent }

  package var difference: Double? {
    if let left, let right { right - left } else { nil }
  }
}

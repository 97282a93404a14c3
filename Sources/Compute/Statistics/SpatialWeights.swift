/// Who is a neighbour of whom among areas, as row-standardised weights: `w[i][j] = 1 / degree(i)`
/// for each neighbour j of i, and 0 elsewhere.
///
/// The relation is symmetric, the weights in general are not.
package struct SpatialWeights: Sendable, Hashable {
  /// For each unit its neighbours, ascending.
  package let neighbours: [[Int]]

  /// - Precondition: no unit is its own neighbour, every index is a unit, lists ascend without
  ///   repetition, and the relation is symmetric (see ``asymmetry(in:)``).
  package init(neighbours: [[Int]]) {
    for (unit, list) in neighbours.enumerated() {
      precondition(
        zip(list, list.dropFirst()).allSatisfy(<) && !list.contains(unit)
          && list.allSatisfy(neighbours.indices.contains),
        "spatial weights: unit \(unit) of \(neighbours.count) has neighbours \(list)")
    }
    precondition(Self.asymmetry(in: neighbours) == nil, "spatial weights: not symmetric")
    self.neighbours = neighbours
  }

  /// The first pair (i, j) where j is listed as a neighbour of i, but not i of j.
  ///
  /// - Precondition: lists ascend.
  package static func asymmetry(in neighbours: [[Int]]) -> (unit: Int, neighbour: Int)? {
    let sets = neighbours.map(Set.init)
    for (unit, list) in neighbours.enumerated() {
      for other in list where !sets[other].contains(unit) { return (unit, other) }
    }
    return nil
  }

  package var count: Int { neighbours.count }

  /// Ordered pairs of neighbours: each border counts twice.
  package var linkCount: Int { neighbours.reduce(0) { $0 + $1.count } }

  /// Units without a neighbour.
  package var islands: [Int] { neighbours.indices.filter { neighbours[$0].isEmpty } }

  /// The relation among some of the units, which are numbered anew in the order given.
  ///
  /// - Parameter units: ascending.
  /// - Returns: as many units as given.
  package func restricted(to units: [Int]) -> SpatialWeights {
    var place = [Int?](repeating: nil, count: count)
    for (new, old) in units.enumerated() { place[old] = new }
    return SpatialWeights(neighbours: units.map { neighbours[$0].compactMap { place[$0] } })
  }

  /// Those of the units that still have a neighbour when only these are left; the others cannot
  /// enter a statistic of neighbours.
  ///
  /// - Parameter units: ascending.
  /// - Returns: some of them, ascending.
  package func connected(among units: [Int]) -> [Int] {
    let restricted = restricted(to: units)
    return units.indices.filter { !restricted.neighbours[$0].isEmpty }.map { units[$0] }
  }

  /// The mean of a unit's neighbours; 0 for an island.
  package func lag(_ values: [Double], at unit: Int) -> Double {
    let list = neighbours[unit]
    if list.isEmpty { return 0 }
    return list.reduce(0) { $0 + values[$1] } / Double(list.count)
  }

  /// The sums of weights that the moments of Moran's I need:
  ///
  ///     S0 = sum w[i][j];  S1 = sum (w[i][j] + w[j][i])^2 / 2;  S2 = sum_i (row_i + column_i)^2
  var moments: (s0: Double, s1: Double, s2: Double) {
    let inverse = neighbours.map { $0.isEmpty ? 0 : 1 / Double($0.count) }
    var (s0, s1, s2) = (0.0, 0.0, 0.0)
    for (unit, list) in neighbours.enumerated() {
      var column = 0.0
      for other in list {
        let both = inverse[unit] + inverse[other]
        s1 += both * both / 2
        column += inverse[other]
      }
      let row = list.isEmpty ? 0.0 : 1.0
      s0 += row
      s2 += (row + column) * (row + column)
    }
    return (s0, s1, s2)
  }
}

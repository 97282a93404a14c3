import Compute
import Pipeline

/// A property by which areas are put into groups: a modifier of effects, never a treatment.
package enum AreaTrait: String, CaseIterable, Sendable {
  case income, minority, density

  /// Names of the first and the last group; the first is the worse off.
  private var ends: (first: String, last: String) {
    switch self {
    case .income: ("poorest", "richest")
    case .minority: ("most minority", "least minority")
    case .density: ("densest", "sparsest")
    }
  }

  /// "poorest", "2", "3", "4", "richest".
  package func labels(_ count: Int) -> [String] {
    [ends.first] + (2..<count).map(String.init) + [ends.last]
  }

  /// The group of each area, from the worse off: groups of equally many areas, cut at quantiles
  /// that are linear between neighbours. Every area counts once, whoever lives there.
  ///
  /// - Parameters:
  ///   - values: of the areas; nil for unknown.
  ///   - count: groups, at least 2.
  /// - Returns: nil where the value is unknown.
  package func groups(_ values: [Double?], count: Int) -> [Int?] {
    let known = values.compactMap(\.self)
    let cuts = (1..<count).compactMap {
      Summary.quantile(Double($0) / Double(count), of: known)
    }
    return values.map { value in
      value.map { value in
        let rank = cuts.count { value > $0 }
        return self == .income ? rank : count - 1 - rank
      }
    }
  }

  /// The grouping of units by the tract that each lies in.
  ///
  /// - Parameters:
  ///   - map: with the trait among its attributes.
  ///   - areas: of the units; nil for none.
  ///   - count: groups.
  /// - Returns: as a causal data set carries it.
  /// - Throws: ``StageFailure`` when the map lacks the trait.
  func grouping(of map: AreaMap, areas: [Int?], count: Int) throws -> CausalData.Grouping {
    let groups = groups(try map.numbers(rawValue), count: count)
    return CausalData.Grouping(
      name: rawValue, labels: labels(count),
      members: areas.map { area in area.flatMap { groups[$0] }.map(UInt8.init) ?? 255 })
  }
}

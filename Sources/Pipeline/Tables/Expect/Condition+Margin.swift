extension Expectation.Condition {
  /// One expression, the two sides of a comparison, or the members of an ordering.
  var expressions: [CellExpression] {
    switch self {
    case .within(let value, _, _, _), .atLeast(let value, _), .atMost(let value, _),
      .between(let value, _), .equals(let value, _), .noWorseThan(let value, _):
      [value]
    case .greaterBy(let left, let right, _), .lessBy(let left, let right, _): [left, right]
    case .order(let members, _): members
    }
  }

  /// The baseline that its number is held against.
  var baseline: Expectation.BaselineBound? {
    if case .noWorseThan(_, let bound) = self { bound } else { nil }
  }

  /// Whether it is true of these numbers. An ordering is strict: equal neighbours break it.
  func holds(_ numbers: [Double]) -> Bool {
    if case .order = self { return margin(numbers) > 0 }
    return margin(numbers) >= 0
  }

  /// The tolerance around the numbers, for conditions that have one.
  func tolerance(_ numbers: [Double]) -> Double? {
    switch self {
    case .within(_, let target, let absolute, let relative):
      max(absolute ?? 0, (relative ?? 0) * abs(target))
    case .noWorseThan(_, let bound): bound.tolerance(numbers[1])
    default: nil
    }
  }

  /// How far the numbers are inside the bound; negative when it does not hold.
  ///
  /// Shown numbers are products with a scale, so a share of 1e-9 of the bound is rounding.
  func margin(_ numbers: [Double]) -> Double {
    let first = numbers[0]
    let (margin, size): (Double, Double)
    switch self {
    case .within(_, let target, let absolute, let relative):
      let tolerance = max(absolute ?? 0, (relative ?? 0) * abs(target))
      (margin, size) = (tolerance - abs(first - target), abs(target))
    case .atLeast(_, let bound): (margin, size) = (first - bound, abs(bound))
    case .atMost(_, let bound): (margin, size) = (bound - first, abs(bound))
    case .between(_, let range):
      margin = min(first - range.lowerBound, range.upperBound - first)
      size = max(abs(range.lowerBound), abs(range.upperBound))
    case .equals(_, let target): (margin, size) = (-abs(first - target), abs(target))
    case .greaterBy(_, _, let gap):
      (margin, size) = (first - numbers[1] - gap, abs(first) + abs(gap))
    case .lessBy(_, _, let gap):
      (margin, size) = (numbers[1] - first - gap, abs(numbers[1]) + abs(gap))
    case .order: (margin, size) = (shown(numbers), abs(first))
    case .noWorseThan(_, let bound):
      (margin, size) = (shown(numbers) + bound.tolerance(numbers[1]), abs(first))
    }
    return abs(margin) <= 1e-9 * max(size, 1e-3) ? 0 : margin
  }

  /// Whether a comparison points the way the claim says, whatever the size of the difference.
  func hasSign(_ numbers: [Double]) -> Bool {
    switch self {
    case .greaterBy: numbers[0] > numbers[1]
    case .lessBy: numbers[0] < numbers[1]
    default: holds(numbers)
    }
  }

  /// The numbers of each group; sides that are not averaged over the same groups have none.
  func perGroup(_ sides: [Measurement]) -> [[Double]] {
    guard let first = sides.first, sides.allSatisfy({ $0.groups == first.groups }) else {
      return []
    }
    return first.groups.indices.map { group in sides.map { $0.values[group] } }
  }

  /// The number of one group that stands for the claim.
  func shown(_ numbers: [Double]) -> Double {
    switch self {
    case .greaterBy: numbers[0] - numbers[1]
    case .lessBy: numbers[1] - numbers[0]
    case .order(_, let relations): Self.smallestGap(numbers, relations)
    case .noWorseThan(_, let bound):
      bound.prefersHigher ? numbers[0] - numbers[1] : numbers[1] - numbers[0]
    default: numbers[0]
    }
  }

  /// How far the neighbours that are nearest to breaking the order lie apart.
  private static func smallestGap(_ numbers: [Double], _ relations: [Expectation.Relation])
    -> Double
  {
    relations.indices.map { index in
      let gap = numbers[index] - numbers[index + 1]
      return relations[index] == .greater ? gap : -gap
    }.min() ?? .nan
  }

  /// The least and the greatest value of ``shown(_:)`` that the claim accepts.
  var accepted: (lower: Double?, upper: Double?) {
    switch self {
    case .within(_, let target, let absolute, let relative):
      let tolerance = max(absolute ?? 0, (relative ?? 0) * abs(target))
      return (target - tolerance, target + tolerance)
    case .atLeast(_, let bound): return (bound, nil)
    case .atMost(_, let bound): return (nil, bound)
    case .between(_, let range): return (range.lowerBound, range.upperBound)
    case .equals(_, let target): return (target, target)
    case .greaterBy(_, _, let gap), .lessBy(_, _, let gap): return (gap, nil)
    case .order: return (0, nil)
    case .noWorseThan(_, let bound):
      // A relative tolerance is a number only beside the baseline.
      return bound.relative > 0 ? (nil, nil) : (-bound.absolute, nil)
    }
  }

  func ours(_ sides: [Measurement]) -> String {
    guard let first = sides.first else { return "no value" }
    if case .order = self {
      // Joined by commas: the numbers need not be in the order that the claim wants.
      return sides.map(\.text).joined(separator: ", ")
    }
    guard sides.count == 2 else { return first.text }
    let difference = sides[0].mean - sides[1].mean
    let size = NumberStyle.finest(sides[0].numbers, sides[1].numbers).text(abs(difference))
    let word = difference < 0 ? "less" : "more"
    return "\(sides[0].text) against \(sides[1].text) (\(size) \(word))"
  }

  var required: String {
    func text(_ number: Double) -> String {
      NumberText.keeping(number, as: NumberText.short(number, decimals: 6))
    }
    switch self {
    case .within(_, let target, let absolute, let relative):
      var tolerances: [String] = []
      if let absolute { tolerances.append(text(absolute)) }
      if let relative { tolerances.append(text(relative * 100) + " %") }
      return "within \(tolerances.joined(separator: " or ")) of \(text(target))"
    case .atLeast(_, let bound): return "at least \(text(bound))"
    case .atMost(_, let bound): return "at most \(text(bound))"
    case .between(_, let range):
      return "between \(text(range.lowerBound)) and \(text(range.upperBound))"
    case .equals(_, let target):
      // Any other number than the one that is printed would be a lie here.
      let short = text(target)
      return "equal to " + (Double(short) == target ? short : Value.canonicalText(of: target))
    case .greaterBy(_, _, let gap) where gap < 0: return "at most \(text(-gap)) less"
    case .greaterBy(_, _, let gap): return "at least \(text(gap)) more"
    case .lessBy(_, _, let gap) where gap < 0: return "at most \(text(-gap)) more"
    case .lessBy(_, _, let gap): return "at least \(text(gap)) less"
    case .order(let members, let relations):
      return members[0].text
        + zip(relations, members.dropFirst()).map { " \($0.rawValue) \($1.text)" }.joined()
    case .noWorseThan(_, let bound):
      let direction = bound.prefersHigher ? "below" : "above"
      var tolerances: [String] = []
      if bound.absolute > 0 { tolerances.append(text(bound.absolute)) }
      if bound.relative > 0 { tolerances.append(text(bound.relative * 100) + " %") }
      if tolerances.isEmpty { return "not \(direction) the baseline" }
      return "at most \(tolerances.joined(separator: " or ")) \(direction) the baseline"
    }
  }
}

/// Reads what a claim asserts.
extension ViewReader {
  static let baselineKeys = ["baseline", "abs", "rel", "better"]

  /// The condition of a claim; `nil` when it is not sound. Cells and bounds are both checked,
  /// whatever is wrong with the others.
  func condition(
    _ map: MapReader, _ subject: String, at location: SourceLocation, target: Double?,
    _ cells: CellChecker
  ) -> Expectation.Condition? {
    let given = ClaimOperator.allCases.filter { map[$0.rawValue] != nil }
    if given.count != 1 {
      let names = ClaimOperator.allCases.map(\.rawValue).joined(separator: ", ")
      errors.error(
        at: location,
        given.isEmpty
          ? "\(subject) asserts nothing"
          : "\(subject) has \(given.count) conditions: "
            + given.map(\.rawValue).joined(separator: ", "),
        why: "exactly one of " + names,
        fix: given.isEmpty ? "add one" : "make it \(given.count) claims")
    }
    let operation = given.count == 1 ? given[0] : nil
    if let operation { checkOperands(of: operation, in: map, subject, at: location) }
    let keys = operation?.operands ?? ClaimOperator.cellKeys
    let selected = keys.map { cells.cell(map[$0], subject) }
    let conditions = given.map { operation in
      let label = "'\(operation.rawValue)' of \(subject)"
      let claim = Claim(subject: subject, label: label, location: location, cells: selected)
      return condition(operation, map[operation.rawValue], claim, target: target, cells)
    }
    return conditions.count == 1 ? conditions[0] : nil
  }

  /// A claim whose bound is read.
  private struct Claim {
    let subject: String
    /// "'at_least' of claim 'a'"
    let label: String
    let location: SourceLocation
    /// Its operands, `nil` where one is missing or wrong.
    let cells: [CellExpression?]

    var cell: CellExpression? { cells.first ?? nil }
  }

  private func checkOperands(
    of operation: ClaimOperator, in map: MapReader, _ subject: String, at location: SourceLocation
  ) {
    let operands = operation.operands
    for key in ClaimOperator.cellKeys where !operands.contains(key) {
      guard let node = map[key] else { continue }
      errors.error(
        at: node.location, "\(subject): '\(operation.rawValue)' takes no '\(key)'",
        why: operands.isEmpty
          ? "its cells stand in the list" : "it is about " + operands.joined(separator: " and "),
        fix: "remove '\(key)'")
    }
    for key in operands where map[key] == nil {
      errors.error(
        at: location, "\(subject) has no '\(key)'",
        why: "'\(operation.rawValue)' is about table cells",
        fix: "add \(key): \"table[axis=label].column\"")
    }
  }

  private func condition(
    _ operation: ClaimOperator, _ bound: YAMLNode?, _ claim: Claim, target: Double?,
    _ cells: CellChecker
  ) -> Expectation.Condition? {
    guard let bound else { return nil }
    switch operation {
    case .within: return within(bound, claim, target: target)
    case .order: return order(bound, claim, cells)
    case .noWorseThan: return noWorseThan(bound, claim, cells)
    case .between: return between(bound, claim)
    case .atLeast: return number(bound, claim).map { .atLeast($0.cells[0], $0.number) }
    case .atMost: return number(bound, claim).map { .atMost($0.cells[0], $0.number) }
    case .equals: return number(bound, claim).map { .equals($0.cells[0], $0.number) }
    case .greaterBy:
      return number(bound, claim).map {
        .greaterBy(left: $0.cells[0], right: $0.cells[1], $0.number)
      }
    case .lessBy:
      return number(bound, claim).map { .lessBy(left: $0.cells[0], right: $0.cells[1], $0.number) }
    }
  }

  /// A bound that is one number, with all operands; `nil` when one of these is missing.
  private func number(
    _ node: YAMLNode, _ claim: Claim
  ) -> (cells: [CellExpression], number: Double)? {
    let number = errors.double(node, claim.label)
    let cells = claim.cells.compactMap(\.self)
    guard let number, cells.count == claim.cells.count else { return nil }
    return (cells, number)
  }

  /// `between: [low, high]`
  private func between(_ node: YAMLNode, _ claim: Claim) -> Expectation.Condition? {
    let limits = (node.items ?? []).compactMap { errors.double($0, claim.label) }
    guard limits.count == 2, limits[0] <= limits[1] else {
      errors.mismatch(node, claim.label, expected: "two numbers in order: [low, high]")
      return nil
    }
    return claim.cell.map { .between($0, limits[0]...limits[1]) }
  }

  /// `order: [a, ">", b, ">", c]`
  private func order(
    _ node: YAMLNode, _ claim: Claim, _ cells: CellChecker
  ) -> Expectation.Condition? {
    let items = node.items ?? []
    let signs = items.indices.filter { $0 % 2 == 1 }
    let relations = signs.compactMap { items[$0].text.flatMap(Expectation.Relation.init) }
    guard items.count >= 3, items.count % 2 == 1, relations.count == signs.count else {
      errors.mismatch(
        node, claim.label,
        expected: "cells with \">\" or \"<\" between them: [a, \">\", b, \">\", c]")
      return nil
    }
    let members = items.indices.filter { $0 % 2 == 0 }
      .compactMap { cells.cell(items[$0], claim.subject) }
    return members.count == relations.count + 1 ? .order(members, relations) : nil
  }

  /// `no_worse_than: {baseline: FILE, abs: 1.5}`; without a file, the experiment's own baseline.
  private func noWorseThan(
    _ node: YAMLNode, _ claim: Claim, _ cells: CellChecker
  ) -> Expectation.Condition? {
    let label = claim.label
    guard let map = MapReader(node, label, keys: Self.baselineKeys, errors) else { return nil }
    let absolute = tolerance(map["abs"], label) ?? 0
    let relative = tolerance(map["rel"], label) ?? 0
    let written: Expectation.Better? = errors.choice(map["better"], "'better' of \(label)")
    let file = errors.text(map["baseline"], "'baseline' of \(label)") ?? ""
    guard let cell = claim.cell else { return nil }
    guard let direction = written?.prefersHigher ?? cells.direction(of: cell).prefersHigher else {
      if map["better"] == nil, cells.knowsDirection(of: cell) {
        errors.error(
          at: node.location, "\(label) does not say which way is better",
          why: "the column of '\(cell.text)' declares none", fix: "add better: higher, or lower")
      }
      return nil
    }
    return .noWorseThan(
      cell,
      Expectation.BaselineBound(
        file: Self.path(file, besides: node.location.file), absolute: absolute,
        relative: relative, prefersHigher: direction))
  }

  private func tolerance(_ node: YAMLNode?, _ label: String) -> Double? {
    guard let node, let number = errors.double(node, label) else { return nil }
    if number < 0 { errors.mismatch(node, label, expected: "a tolerance of 0 or more") }
    return number
  }

  /// A path as the specification writes it, relative to its own folder.
  private static func path(_ path: String, besides specification: String) -> String {
    guard !path.isEmpty, !path.hasPrefix("/"), let end = specification.lastIndex(of: "/")
    else { return path }
    return specification[...end] + path
  }

  private func within(
    _ node: YAMLNode, _ claim: Claim, target: Double?
  ) -> Expectation.Condition? {
    guard let map = MapReader(node, claim.label, keys: ["abs", "rel"], errors) else { return nil }
    let absolute = tolerance(map["abs"], claim.label)
    let relative = tolerance(map["rel"], claim.label)
    if map["abs"] == nil, map["rel"] == nil {
      errors.mismatch(node, claim.label, expected: "a tolerance: {abs: 3} or {rel: 5%}")
    }
    if target == nil {
      errors.error(
        at: claim.location, "\(claim.label) has no number to compare with",
        why: "'within' compares with the paper's value", fix: "add paper: {value: NUMBER}")
    }
    guard let target, let cell = claim.cell, absolute != nil || relative != nil else { return nil }
    return .within(cell, target: target, absolute: absolute, relative: relative)
  }
}

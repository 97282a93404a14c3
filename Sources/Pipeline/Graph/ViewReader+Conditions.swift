/// Reads what a claim asserts.
extension ViewReader {
  static let baselineKeys = ["baseline", "abs", "rel", "better"]

  func condition(
    _ map: MapReader, _ subject: String, at location: SourceLocation, target: Double?,
    _ cells: CellChecker
  ) -> Expectation.Condition? {
    let given = Self.operators.filter { map[$0] != nil }
    guard given.count == 1, let name = given.first, let bound = map[name] else {
      errors.error(
        at: location,
        given.isEmpty
          ? "\(subject) asserts nothing"
          : "\(subject) has \(given.count) conditions: " + given.joined(separator: ", "),
        why: "exactly one of " + Self.operators.joined(separator: ", "),
        fix: given.isEmpty ? "add one" : "make it \(given.count) claims")
      return nil
    }
    let operands: [String] =
      switch name {
      case "greater_by", "less_by": ["left", "right"]
      case "order": []
      default: ["value"]
      }
    for key in ["value", "left", "right"] where map[key] != nil && !operands.contains(key) {
      errors.error(
        at: map[key]?.location, "\(subject): '\(name)' takes no '\(key)'",
        why: operands.isEmpty
          ? "its cells stand in the list" : "it is about " + operands.joined(separator: " and "),
        fix: "remove '\(key)'")
    }
    for key in operands where map[key] == nil {
      errors.error(
        at: location, "\(subject) has no '\(key)'", why: "'\(name)' is about table cells",
        fix: "add \(key): \"table[axis=label].column\"")
    }
    let selected = operands.compactMap { cells.cell(map[$0], subject) }
    guard selected.count == operands.count else { return nil }
    let label = "'\(name)' of \(subject)"
    switch name {
    case "within": return within(bound, label, at: location, selected[0], target: target)
    case "order": return order(bound, label, subject, cells)
    case "no_worse_than": return noWorseThan(bound, label, selected[0], cells)
    case "between":
      let limits = (bound.items ?? []).compactMap { errors.double($0, label) }
      guard limits.count == 2, limits[0] <= limits[1] else {
        errors.mismatch(bound, label, expected: "two numbers in order: [low, high]")
        return nil
      }
      return .between(selected[0], limits[0]...limits[1])
    default: break
    }
    guard let number = errors.double(bound, label) else { return nil }
    switch name {
    case "at_least": return .atLeast(selected[0], number)
    case "at_most": return .atMost(selected[0], number)
    case "equals": return .equals(selected[0], number)
    case "greater_by": return .greaterBy(left: selected[0], right: selected[1], number)
    default: return .lessBy(left: selected[0], right: selected[1], number)
    }
  }

  /// `order: [a, ">", b, ">", c]`
  private func order(
    _ node: YAMLNode, _ label: String, _ subject: String, _ cells: CellChecker
  ) -> Expectation.Condition? {
    let items = node.items ?? []
    let signs = items.indices.filter { $0 % 2 == 1 }
    let relations = signs.compactMap { items[$0].text.flatMap(Expectation.Relation.init) }
    guard items.count >= 3, items.count % 2 == 1, relations.count == signs.count else {
      errors.mismatch(
        node, label, expected: "cells with \">\" or \"<\" between them: [a, \">\", b, \">\", c]")
      return nil
    }
    let members = items.indices.filter { $0 % 2 == 0 }.compactMap { cells.cell(items[$0], subject) }
    return members.count == relations.count + 1 ? .order(members, relations) : nil
  }

  /// `no_worse_than: {baseline: FILE, abs: 1.5}`; without a file, the experiment's own baseline.
  private func noWorseThan(
    _ node: YAMLNode, _ label: String, _ cell: CellExpression, _ cells: CellChecker
  ) -> Expectation.Condition? {
    guard let map = MapReader(node, label, keys: Self.baselineKeys, errors) else { return nil }
    let absolute = tolerance(map["abs"], label) ?? 0
    let relative = tolerance(map["rel"], label) ?? 0
    let written: Expectation.Better? = errors.choice(map["better"], "'better' of \(label)")
    guard let direction = written?.prefersHigher ?? cells.direction(of: cell).prefersHigher else {
      errors.error(
        at: node.location, "\(label) does not say which way is better",
        why: "the column of '\(cell.text)' declares none", fix: "add better: higher, or lower")
      return nil
    }
    let file = errors.text(map["baseline"], "'baseline' of \(label)") ?? ""
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
    _ node: YAMLNode, _ label: String, at location: SourceLocation, _ cell: CellExpression,
    target: Double?
  ) -> Expectation.Condition? {
    guard let map = MapReader(node, label, keys: ["abs", "rel"], errors) else { return nil }
    let absolute = tolerance(map["abs"], label)
    let relative = tolerance(map["rel"], label)
    guard absolute != nil || relative != nil else {
      errors.mismatch(node, label, expected: "a tolerance: {abs: 3} or {rel: 5%}")
      return nil
    }
    guard let target else {
      errors.error(
        at: location, "\(label) has no number to compare with",
        why: "'within' compares with the paper's value", fix: "add paper: {value: NUMBER}")
      return nil
    }
    return .within(cell, target: target, absolute: absolute, relative: relative)
  }
}

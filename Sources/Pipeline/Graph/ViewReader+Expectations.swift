extension ViewReader {
  static let operators = [
    "within", "at_least", "at_most", "between", "equals", "greater_by", "less_by",
  ]
  static let expectKeys =
    ["id", "claim", "value", "left", "right"] + operators
    + ["paper", "seeds", "level", "profiles"]

  static let paperKeys = ["value", "left", "right", "where", "dataset"]

  func expectations(over tables: [TableView]) -> [Expectation] {
    var ids: [String: Int] = [:]
    return spec.expect.compactMap { node in
      guard let map = MapReader(node, "the claim", keys: Self.expectKeys, errors)
      else { return nil }
      guard let idNode = map["id"], let id = errors.text(idNode, "'id' of a claim") else {
        errors.error(
          at: node.location, "this claim has no 'id'", why: "reports name claims by it",
          fix: "add id: NAME")
        return nil
      }
      if let line = ids.updateValue(idNode.location.line, forKey: id) {
        errors.error(
          at: idNode.location, "the claim '\(id)' is given twice", why: "it stands on line \(line)",
          fix: "choose another id")
      }
      return expectation(id, at: idNode.location, map, tables)
    }
  }

  private func expectation(
    _ id: String, at location: SourceLocation, _ map: MapReader, _ tables: [TableView]
  ) -> Expectation? {
    let subject = "claim '\(id)'"
    let names = spec.profiles.map(\.name)
    let profiles = errors.texts(map["profiles"], "'profiles' of \(subject)").map { name, node in
      if !names.contains(name) {
        errors.error(
          at: node.location, "there is no profile '\(name)'",
          fix: DiagnosticCollector.remedy(for: name, among: names, none: ""))
      }
      return name
    }
    let paper = paper(map["paper"], subject)
    // Labels may exist in some profiles only, so cells are looked up where the claim is judged.
    let isJudged = profiles.isEmpty || profiles.contains(profile)
    let cells = CellChecker(reader: self, tables: tables, checksLabels: isJudged)
    guard
      let condition = condition(map, subject, at: location, target: paper?.value, cells)
    else { return nil }
    return Expectation(
      id: id, claim: errors.text(map["claim"], "'claim' of \(subject)") ?? id,
      condition: condition, paper: paper,
      seeds: errors.choice(map["seeds"], "'seeds' of \(subject)") ?? .mean,
      level: errors.choice(map["level"], "'level' of \(subject)") ?? .error, profiles: profiles,
      location: location)
  }

  private func paper(_ node: YAMLNode?, _ subject: String) -> Expectation.PaperValue? {
    guard let node,
      let map = MapReader(node, "'paper' of \(subject)", keys: Self.paperKeys, errors)
    else { return nil }
    return Expectation.PaperValue(
      value: errors.double(map["value"], "paper value of \(subject)"),
      left: errors.double(map["left"], "paper value of \(subject)"),
      right: errors.double(map["right"], "paper value of \(subject)"),
      source: errors.text(map["where"], "'where' of \(subject)") ?? "",
      dataset: errors.text(map["dataset"], "'dataset' of \(subject)") ?? "")
  }

  private func condition(
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
    let isComparison = name == "greater_by" || name == "less_by"
    let operands = isComparison ? ["left", "right"] : ["value"]
    for key in ["value", "left", "right"] where map[key] != nil && !operands.contains(key) {
      errors.error(
        at: map[key]?.location, "\(subject): '\(name)' takes no '\(key)'",
        why: "it is about " + operands.joined(separator: " and "), fix: "remove '\(key)'")
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

  private func within(
    _ node: YAMLNode, _ label: String, at location: SourceLocation, _ cell: CellExpression,
    target: Double?
  ) -> Expectation.Condition? {
    guard let map = MapReader(node, label, keys: ["abs", "rel"], errors) else { return nil }
    let absolute = errors.double(map["abs"], label)
    let relative = errors.double(map["rel"], label)
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

extension ViewReader {
  static let operators = [
    "within", "at_least", "at_most", "between", "equals", "greater_by", "less_by", "order",
    "no_worse_than",
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
    if let node = map["profiles"], node.items?.isEmpty == true {
      errors.error(
        at: node.location, "'profiles' of \(subject) names none", why: "it would never be judged",
        fix: "name the profiles, or remove it: then it is judged in all")
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
}

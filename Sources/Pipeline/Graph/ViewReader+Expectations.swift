extension ViewReader {
  static let operators = ClaimOperator.allCases.map(\.rawValue)
  static let expectKeys =
    ["id", "claim"] + ClaimOperator.cellKeys + operators
    + ["paper", "seeds", "level", "profiles"]

  static let paperKeys = ["value", "left", "right", "where", "dataset"]

  func expectations(over tables: [TableView]) -> [Expectation] {
    var ids: [String: Int] = [:]
    return spec.expect.compactMap { node in
      guard let map = MapReader(node, "the claim", keys: Self.expectKeys, errors)
      else { return nil }
      guard let idNode = map["id"], let id = errors.text(idNode, "'id' of a claim") else {
        if map["id"] == nil {
          errors.error(
            at: node.location, "this claim has no 'id'", why: "reports name claims by it",
            fix: "add id: NAME")
        }
        return expectation("", at: node.location, map, tables)
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
    let subject = id.isEmpty ? "this claim" : "claim '\(id)'"
    let profiles = profiles(map["profiles"], subject)
    let paper = paper(map["paper"], subject)
    let claim = errors.text(map["claim"], "'claim' of \(subject)") ?? id
    let seeds: Expectation.Seeds? = errors.choice(map["seeds"], "'seeds' of \(subject)")
    let level: Expectation.Level? = errors.choice(map["level"], "'level' of \(subject)")
    // Labels may exist in some profiles only, so cells are looked up where the claim is judged.
    let isJudged = profiles.isEmpty || profiles.contains(profile)
    let cells = CellChecker(reader: self, tables: tables, checksLabels: isJudged)
    let condition = condition(
      map, subject, at: location, target: paper?.value ?? unreadableTarget(map["paper"]), cells)
    guard let condition else { return nil }
    var expectation = Expectation(
      id: id, claim: claim, condition: condition, paper: paper, seeds: seeds ?? .mean,
      level: level ?? .error, profiles: profiles, location: location)
    expectation.narrowedAxis = condition.expressions.lazy.compactMap(cells.narrowedAxis).first
    return expectation
  }

  /// Stands for a number that is there but wrong, and so reported.
  private func unreadableTarget(_ paper: YAMLNode?) -> Double? {
    guard let paper else { return nil }
    return paper.entries == nil || paper["value"] != nil ? 0 : nil
  }

  private func profiles(_ node: YAMLNode?, _ subject: String) -> [String] {
    if let node, node.items?.isEmpty == true {
      errors.error(
        at: node.location, "'profiles' of \(subject) names none", why: "it would never be judged",
        fix: "name the profiles, or remove it: then it is judged in all")
    }
    let names = spec.profiles.map(\.name)
    return errors.texts(node, "'profiles' of \(subject)").map { name, node in
      if !names.contains(name), !spec.declares(name, in: "profiles") {
        errors.error(
          at: node.location, "there is no profile '\(name)'",
          fix: DiagnosticCollector.remedy(for: name, among: names, none: ""))
      }
      return name
    }
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

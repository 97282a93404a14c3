extension Expectation {
  /// Judges this expectation on evaluated tables.
  ///
  /// With `seeds: mean` the shown means decide. With `all` every seed must hold by itself. With
  /// `paired` (comparisons only, otherwise as `all`) the mean difference must hold and every
  /// seed's difference must point the same way. Seeds that disagree give `inconclusive`; when no
  /// seed holds it is a `fail`. With `ci95` the whole 95 % interval of the mean over seeds (of the
  /// paired differences, for a comparison) must hold; it fails when all of it is outside. A `within`
  /// whose tolerance is finer than one trial of a proportion is `inconclusive`, however it comes out.
  ///
  /// - Parameters:
  ///   - tables: the evaluated views by name.
  ///   - profile: of the run; an expectation of other profiles is not judged.
  ///   - dataset: of the run; the paper's numbers are shown only beside their own data set, and
  ///     `within` compares only there.
  ///   - omittedTables: tables of stages that the run left out in part; a claim that misses a cell
  ///     of theirs is not judged.
  ///   - baselines: what `no_worse_than` compares with.
  /// - Returns: the verdict; `missing` when a number cannot be read, whatever the reason.
  package func judge(
    _ tables: [String: PivotTable], profile: String, dataset: DatasetReference,
    omittedTables: Set<String> = [], baselines: Baselines = .none
  ) -> ExpectationResult {
    let excuse = reasonNotToJudge(profile, dataset)
    do {
      var sides = try measure(in: tables)
      if let bound = condition.baseline {
        sides.append(try baselines.measure(condition.expressions[0], in: bound.file))
      }
      try checkSeeds(of: sides)
      let fineness = excuse == nil ? fineness(sides) : ""
      var (verdict, reason) = excuse.map { (.notApplicable, $0) } ?? decide(sides)
      if case .within = condition, !fineness.isEmpty { verdict = .inconclusive }
      let remark = [reason, fineness].filter { !$0.isEmpty }.joined(separator: "; ")
      return result(verdict, sides: sides, remark: remark, dataset: dataset)
    } catch {
      let omitted = condition.expressions.map(\.view).first(where: omittedTables.contains)
      let reason = excuse ?? omitted.map { "the run left out a part of table '\($0)'" }
      return result(
        reason == nil ? .missing : .notApplicable, sides: [], remark: reason ?? error.what,
        dataset: dataset)
    }
  }

  private func reasonNotToJudge(_ profile: String, _ dataset: DatasetReference) -> String? {
    if !profiles.isEmpty, !profiles.contains(profile) {
      return "judged at profile \(profiles.joined(separator: ", ")), not at \(profile)"
    }
    if let narrowedAxis { return "axis '\(narrowedAxis)' narrowed on the command line" }
    guard case .within = condition, let paper, !paper.belongs(to: dataset) else { return nil }
    return "the paper's number is for \(paper.dataset), this run read "
      + (dataset.name.isEmpty ? "no data set" : dataset.name)
  }

  private func measure(in tables: [String: PivotTable]) throws(MissingCell) -> [Measurement] {
    var sides: [Measurement] = []
    for expression in condition.expressions {
      guard let table = tables[expression.view] else {
        throw MissingCell(what: "there is no table '\(expression.view)' to read")
      }
      sides.append(try table.measure(expression))
    }
    return sides
  }

  /// Only numbers of the same seeds can be compared seed by seed.
  private func checkSeeds(of sides: [Measurement]) throws(MissingCell) {
    guard seeds != .mean, let other = sides.firstIndex(where: { $0.groups != sides[0].groups })
    else { return }
    let names = condition.expressions.map { "'\($0.text)'" }
    let second = names.indices.contains(other) ? names[other] : "the baseline"
    throw MissingCell(what: "\(names[0]) and \(second) do not share their seeds")
  }

  /// Numbers of trials move in steps: a tolerance below one step asks for luck, and whether a number
  /// happens to lie within it says nothing.
  private func fineness(_ sides: [Measurement]) -> String {
    guard let tolerance = condition.tolerance(sides.map(\.mean)), tolerance > 0,
      let step = sides.compactMap(\.step).max(), tolerance < step
    else { return "" }
    func text(_ number: Double) -> String { NumberText.short(number, decimals: 6) }
    return "the tolerance \(text(tolerance)) is finer than one trial, which is \(text(step))"
  }

  private func decide(_ sides: [Measurement]) -> (Verdict, String) {
    let holds = condition.holds(sides.map(\.mean))
    let perSeed = condition.perGroup(sides)
    if seeds == .ci95 || seeds == .bootstrap { return decideByInterval(perSeed) }
    guard seeds != .mean, perSeed.count > 1 else { return (holds ? .pass : .fail, "") }
    let held = perSeed.count { condition.holds($0) }
    if held == 0 { return (.fail, "") }
    let pointsTheSameWay = perSeed.count { condition.hasSign($0) }
    if seeds == .paired, sides.count == 2 {
      if holds, pointsTheSameWay == perSeed.count { return (.pass, "") }
      return (
        .inconclusive,
        "\(held) of \(perSeed.count) paired differences reach the bound, "
          + "\(pointsTheSameWay) point the right way"
      )
    }
    if held == perSeed.count { return (.pass, "") }
    return (.inconclusive, "it holds for \(held) of \(perSeed.count) seeds")
  }

  /// The interval is that of the distance to the bound, which all conditions have.
  private func decideByInterval(_ perSeed: [[Double]]) -> (Verdict, String) {
    let margins = perSeed.map(condition.margin)
    let found =
      seeds == .bootstrap
      ? SeedBootstrap.interval(margins) : SeedStatistics(margins).flatMap(\.interval)
    guard let interval = found else { return (.inconclusive, "one seed gives no interval") }
    func text(_ number: Double) -> String { NumberText.short(number, decimals: 4) }
    let remark =
      "95 % \(seeds == .bootstrap ? "bootstrap " : "")interval of the margin over "
      + "\(margins.count) seeds: "
      + "\(text(interval.lowerBound)) to \(text(interval.upperBound))"
    if interval.lowerBound >= 0, perSeed.allSatisfy(condition.holds) || interval.lowerBound > 0 {
      return (.pass, remark)
    }
    return (interval.upperBound < 0 ? .fail : .inconclusive, remark)
  }

  private func result(
    _ verdict: Verdict, sides: [Measurement], remark: String, dataset: DatasetReference
  ) -> ExpectationResult {
    let perSeed = condition.perGroup(sides)
    return ExpectationResult(
      id: id, claim: claim.isEmpty ? id : claim, level: level, verdict: verdict,
      ours: condition.ours(sides), required: condition.required, paper: paperText(dataset),
      sides: self.sides(sides, dataset), gauge: gauge(sides, dataset),
      margin: sides.isEmpty ? nil : condition.margin(sides.map(\.mean)),
      seedValues: perSeed.count > 1 ? perSeed.map(condition.shown) : [], remark: remark)
  }

  /// The paper's numbers, one for each side, where they belong beside ours.
  private func paperNumbers(_ dataset: DatasetReference) -> [Double] {
    guard let paper, paper.belongs(to: dataset) else { return [] }
    let numbers = condition.expressions.count == 2 ? [paper.left, paper.right] : [paper.value]
    let known = numbers.compactMap(\.self)
    return known.count == numbers.count ? known : []
  }

  private func sides(
    _ measured: [Measurement], _ dataset: DatasetReference
  ) -> [ExpectationResult.Side] {
    let paper = paperNumbers(dataset)
    return condition.expressions.enumerated().map { index, expression in
      ExpectationResult.Side(
        cells: expression.text,
        ours: measured.indices.contains(index) ? measured[index].mean : nil,
        paper: paper.indices.contains(index) ? paper[index] : nil,
        numbers: measured.indices.contains(index)
          ? measured[index].numbers : NumberStyle(decimals: 0))
    }
  }

  private func gauge(
    _ sides: [Measurement], _ dataset: DatasetReference
  ) -> ExpectationResult.Gauge? {
    if sides.isEmpty { return nil }
    let (lower, upper) = condition.accepted
    let paper = paperNumbers(dataset)
    return ExpectationResult.Gauge(
      value: condition.shown(sides.map(\.mean)), lower: lower, upper: upper,
      paper: paper.isEmpty ? nil : condition.shown(paper))
  }

  private func paperText(_ dataset: DatasetReference) -> String {
    guard let paper else { return "" }
    guard paper.belongs(to: dataset) else {
      return "not applicable (\(dataset.name.isEmpty ? "no data set" : dataset.name))"
    }
    func text(_ number: Double) -> String { NumberText.short(number, decimals: 4) }
    var numbers = paper.value.map(text) ?? ""
    if let left = paper.left, let right = paper.right {
      numbers = "\(text(left)) against \(text(right))"
    }
    return paper.source.isEmpty ? numbers : "\(numbers) (\(paper.source))"
  }
}

extension Expectation.PaperValue {
  /// Whether the numbers may stand beside those of a run on this data set.
  fileprivate func belongs(to dataset: DatasetReference) -> Bool {
    self.dataset.isEmpty || self.dataset == dataset.comparableName
  }
}

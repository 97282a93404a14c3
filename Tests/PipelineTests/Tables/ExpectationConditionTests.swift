import Foundation
import Pipeline
import Testing

/// Conditions beyond bounds: orderings, baselines, intervals, and tolerances below one trial.
@Suite struct ExpectationConditionTests {
  private func judge(
    _ condition: Claim.Condition, seeds: Claim.Seeds = .mean,
    _ values: [(train: String, seed: String, values: [Double?])] = ViewSamples.asr,
    baselines: Baselines = .none
  ) throws -> ExpectationResult {
    let claim = Claim(
      id: "claim", claim: "claim", condition: condition, paper: nil, seeds: seeds, level: .error,
      profiles: [], location: ViewSamples.here)
    let table = try ViewSamples.table(ViewSamples.instances(values))
    return claim.judge(
      ["asr": table], profile: "default", dataset: ViewSamples.dataset, baselines: baselines)
  }

  private let mix = CellExpression.sample("asr[train=mix].worst")
  private let single = CellExpression.sample("asr[train='1.0'].worst")
  private let strong = CellExpression.sample("asr[train='1.0',test=1.0]")

  @Test func anOrderHoldsWhenEachNeighbourDoes() throws {
    let shown = try judge(.order([strong, mix, single], [.greater, .greater]))
    #expect(shown.verdict == .pass)
    #expect(shown.ours == "98.00, 84.67, 12.00")
    #expect(
      shown.required
        == "asr[train='1.0',test=1.0] > asr[train=mix].worst > asr[train='1.0'].worst")
    #expect(try judge(.order([strong, mix, single], [.greater, .less])).verdict == .fail)
    let tie = try judge(.order([mix, mix], [.greater]))
    #expect(tie.verdict == .fail && tie.margin == 0)
    let absent = CellExpression.sample("asr[train=none].worst")
    #expect(try judge(.order([mix, absent], [.greater])).verdict == .missing)
  }

  // The worst cases of the mix are 80, 84 and 90: 84.67 with an interval of 72.2 to 97.2.
  @Test(arguments: [(70.0, Verdict.pass), (80, .inconclusive), (98, .fail)])
  func theIntervalDecides(_ bound: Double, _ verdict: Verdict) throws {
    let result = try judge(.atLeast(mix, bound), seeds: .ci95)
    #expect(result.verdict == verdict)
    #expect(result.remark.hasPrefix("95 % interval of the margin over 3 seeds: "))
  }

  // Drawn again, three seeds are all the least or all the greatest in one case of 27 each.
  @Test(arguments: [(79.0, Verdict.pass), (82, .inconclusive), (91, .fail)])
  func theBootstrapDecides(_ bound: Double, _ verdict: Verdict) throws {
    let result = try judge(.atLeast(mix, bound), seeds: .bootstrap)
    #expect(result.verdict == verdict)
    let ends = [80, 90].map { NumberText.short($0 - bound, decimals: 4) }
    #expect(
      result.remark
        == "95 % bootstrap interval of the margin over 3 seeds: \(ends[0]) to \(ends[1])")
  }

  /// Of many seeds it agrees with Student's t: of 0 to 99 the mean is 49.5 with an error of 2.90.
  @Test func theBootstrapOfManySeedsIsThatOfStudent() throws {
    let many = (0..<100).map { number in
      (train: "mix", seed: "\(number)", values: [Double(number) / 100, 1] as [Double?])
    }
    let results = try [Claim.Seeds.bootstrap, .ci95].map {
      try judge(.atLeast(mix, 0), seeds: $0, many).remark.split(separator: " ").suffix(3)
        .compactMap { Double($0) }
    }
    // Of 10,000 means the outermost 250 are known to about a tenth.
    for (drawn, computed) in zip(results[0], results[1]) { #expect(abs(drawn - computed) < 0.3) }
    #expect(results[0].count == 2)
  }

  @Test func oneSeedHasNoInterval() throws {
    let one = ViewSamples.asr.filter { $0.seed == "1" }
    let result = try judge(.atLeast(mix, 1), seeds: .ci95, one)
    #expect(result.verdict == .inconclusive)
    #expect(result.remark == "one seed gives no interval")
  }

  private func baseline() throws -> Baselines {
    var found: Baseline?
    try StoredSamples.withRoot { found = try Baseline(StoredSamples.store("r1", in: $0)) }
    return Baselines(["": try #require(found)])
  }

  private func noWorse(_ absolute: Double, higher: Bool = true) -> Claim.Condition {
    .noWorseThan(
      mix, .init(file: "", absolute: absolute, relative: 0, prefersHigher: higher))
  }

  @Test func aBaselineMayNotBeLost() throws {
    let baselines = try baseline()
    #expect(try judge(noWorse(0), baselines: baselines).verdict == .pass)
    var worse = ViewSamples.asr
    for index in 3...5 { worse[index].values[0] = (worse[index].values[0] ?? 0) - 0.02 }
    let lost = try judge(noWorse(1), worse, baselines: baselines)
    #expect(lost.verdict == .fail)
    #expect(lost.ours == "83.00 against 84.67 (1.67 less)")
    #expect(lost.required == "at most 1 below the baseline")
    #expect(try judge(noWorse(2), worse, baselines: baselines).verdict == .pass)
    #expect(try judge(noWorse(0, higher: false), worse, baselines: baselines).verdict == .pass)
  }

  @Test func withoutABaselineNothingIsShown() throws {
    let result = try judge(noWorse(100))
    #expect(result.verdict == .missing)
    #expect(result.remark == "there is no baseline to compare with")
  }

  /// However near the number is, so few trials cannot show it.
  @Test func aToleranceBelowOneTrialIsInconclusive() throws {
    // 3 seeds of 1000 trials: one trial moves the mean by 0.0333 points.
    let cell = CellExpression.sample("asr[train=mix,test=0.1]")
    let fine = try judge(.within(cell, target: 85, absolute: 0.01, relative: nil))
    #expect(fine.verdict == .inconclusive)
    #expect(fine.remark == "the tolerance 0.01 is finer than one trial, which is 0.033333")
    let far = try judge(.within(cell, target: 20, absolute: 0.01, relative: nil))
    #expect(far.verdict == .inconclusive)
    let sound = try judge(.within(cell, target: 85, absolute: 0.1, relative: nil))
    #expect(sound.verdict == .pass)
    #expect(sound.remark.isEmpty)
  }

  @Test func checkRefusesAToleranceBelowOneTrialOfTheBaseline() throws {
    let spec = """
      version: 1
      name: study
      axes: {train: ["1.0", mix], seed: [1]}
      profiles: {smoke: {}}
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [train, seed], inputs: {train: data.train}}
        attack:
          uses: backdoor.evaluate
          matrix: [train, seed]
          inputs: {model: model.model, images: data.test}
      tables:
        asr: {from: attack.scores, rows: train, value: asr, over: seed}
      expect:
        - {id: a, value: "max(asr[train=mix])", within: {abs: 0.01}, paper: {value: 85}}

      """
    try StoredSamples.withRoot { root in
      let loader = ExampleSpec.loader(["x.yaml": spec])
      #expect(throws: Never.self) { try loader.check(file: "x.yaml", results: root.url) }
      let baseline = try Baseline(StoredSamples.store("r1", in: root)).jsonValue.indentedJSON
      try Data(baseline.utf8).write(to: root.url.appending(path: "study/baseline.smoke.json"))
      let problems = #expect(throws: SpecErrors.self) {
        try loader.check(file: "x.yaml", results: root.url)
      }
      #expect(
        problems?.rendered(usesColor: false) == """
          x.yaml:15:10: error: claim 'a': the tolerance 0.01 is finer than one trial, which is 0.033333
             15 |   - {id: a, value: "max(asr[train=mix])", within: {abs: 0.01}, paper: {value: 85}}
                |          ^
            max(asr[train=mix]) is a proportion, and its trials are counted in study/baseline.smoke.json
            fix: allow at least 0.033333, or measure more trials
          """)
    }
  }
}

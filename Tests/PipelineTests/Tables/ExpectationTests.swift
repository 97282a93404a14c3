import Pipeline
import Testing

@Suite struct ExpectationTests {
  private static func cells(_ text: String) throws -> CellExpression {
    try CellExpression(parsing: text)
  }

  private func expectation(
    _ condition: Claim.Condition, paper: Claim.PaperValue? = nil,
    seeds: Claim.Seeds = .mean, level: Claim.Level = .error, profiles: [String] = []
  ) -> Claim {
    Claim(
      id: "claim", claim: "The mix beats the single", condition: condition, paper: paper,
      seeds: seeds, level: level, profiles: profiles, location: ViewSamples.here)
  }

  private func judge(
    _ expectation: Claim, _ instances: [InstanceResult] = ViewSamples.instances(),
    dataset: String = "cifar10"
  ) throws -> ExpectationResult {
    let table = try ViewSamples.table(instances)
    return expectation.judge(
      ["asr": table], profile: "default", dataset: DatasetReference(name: dataset, hash: ""))
  }

  private func gap(_ bound: Double) throws -> Claim.Condition {
    .greaterBy(
      left: try Self.cells("asr[train=mix].worst"),
      right: try Self.cells("max(asr[train!=mix].worst)"), bound)
  }

  @Test func aClaimIsShownWithItsNumbers() throws {
    let paper = Claim.PaperValue(
      value: nil, left: 92.77, right: 10.61, source: "abstract", dataset: "cifar10")
    let result = try judge(expectation(try gap(30), paper: paper))
    #expect(result.verdict == .pass)
    #expect(result.ours == "84.67 against 12.00 (72.67 more)")
    #expect(result.required == "at least 30 more")
    #expect(result.paper == "92.77 against 10.61 (abstract)")
    #expect(result.seedValues == [70, 72, 76])
    #expect(
      result.terminalText() == """
        SHOWN  The mix beats the single
            ours      84.67 against 12.00 (72.67 more), per seed 70, 72, 76
            required  at least 30 more
            paper     92.77 against 10.61 (abstract)
        """)
  }

  /// Ours in percent: 2.5e-9 of 1.
  @Test func smallNumbersAreNotShownAsZero() throws {
    var values = ViewSamples.asr
    for index in 0..<3 { values[index].values[0] = 2.5e-9 }
    let cell = try Self.cells("asr[train=1.0].worst")
    let result = try judge(
      expectation(.atMost(cell, 1e-12)), ViewSamples.instances(values))
    #expect(result.ours == "2.5e-07" && result.required == "at most 1e-12")
    #expect(result.terminalText().contains("per seed 2.5e-07, 2.5e-07, 2.5e-07"))
  }

  @Test func aChangedTableFlipsTheVerdict() throws {
    var values = ViewSamples.asr
    for index in 3...5 { values[index].values[0] = 0.2 }
    let result = try judge(expectation(try gap(30)), ViewSamples.instances(values))
    #expect(result.verdict == .fail)
    #expect(result.ours == "20.00 against 12.00 (8.00 more)")
    #expect(result.margin == -22)
    #expect(result.failsRun())
  }

  @Test(arguments: [
    (
      "asr[train=mixed].worst", "'asr[train=mixed].worst' matches no cell; train is one of 1.0, mix"
    ),
    ("asr[tain=mix].worst", "table 'asr' has no axis 'tain'; it has train, test"),
    ("asr[train=mix].wrst", "table 'asr' has no column 'wrst'; it has asr, worst"),
    (
      "asr[train=mix]",
      "'asr[train=mix]' selects 2 cells; take their min, max, mean or range"
    ),
    ("asr[test=0.1].worst", "'asr[test=0.1].worst' matches no cell; test is one of 0.1, 1.0"),
    ("other.worst", "there is no table 'other' to read"),
  ])
  func anAbsentCellNeverPasses(_ text: String, _ remark: String) throws {
    // A bound that any number would meet.
    let result = try judge(expectation(.atLeast(try Self.cells(text), -1e9)))
    #expect(result.verdict == .missing)
    #expect(result.remark == remark)
    #expect(result.margin == nil && result.ours == "no value")
    #expect(result.failsRun())
  }

  @Test func anUndefinedCellNeverPasses() throws {
    var values = ViewSamples.asr
    values[4].values[0] = nil
    let result = try judge(
      expectation(.atLeast(try Self.cells("asr[train=mix].worst"), -1e9)),
      ViewSamples.instances(values))
    #expect(result.verdict == .missing)
    #expect(result.remark == "cell 'mix / worst' of 'asr' has no value for seed 2")
  }

  @Test func aFailedRowIsNotLeftOutOfAMaximum() throws {
    let failed = InstanceResult(
      stage: "attack",
      labels: [.init(axis: "train", label: "0.3"), .init(axis: "seed", label: "1")],
      status: .failed)
    let result = try judge(
      expectation(try gap(30)), ViewSamples.instances() + [failed])
    #expect(result.verdict == .missing)
    #expect(result.remark == "cell '0.3 / worst' of 'asr' has no value for seed 1, 2, 3")
  }

  @Test(arguments: [
    (Claim.Seeds.mean, 71.0, Verdict.pass, ""),
    (.all, 71, .inconclusive, "it holds for 2 of 3 seeds"),
    (.all, 70, .pass, ""),
    (.all, 77, .fail, ""),
    (.paired, 71, .pass, ""),
    (
      .paired, 75, .inconclusive,
      "1 of 3 paired differences reach the bound, 3 point the right way"
    ),
    (.paired, 77, .fail, ""),
  ])
  func seedsSupportOrDoNot(
    _ seeds: Claim.Seeds, _ bound: Double, _ verdict: Verdict, _ remark: String
  ) throws {
    // The differences per seed are 70, 72 and 76.
    let result = try judge(expectation(try gap(bound), seeds: seeds))
    #expect(result.verdict == verdict)
    #expect(result.remark == remark)
    #expect(result.failsRun() == (verdict == .fail))
    #expect(result.failsRun(isStrict: true) == (verdict != .pass))
  }

  @Test func conditionsAndTheirBounds() throws {
    let value = try Self.cells("asr[train=mix,test='0.1']")
    let cases: [(Claim.Condition, Verdict, String)] = [
      (.atLeast(value, 85), .pass, "at least 85"),
      (.atLeast(value, 85.01), .fail, "at least 85.01"),
      (.atMost(value, 85), .pass, "at most 85"),
      (.between(value, 80...84), .fail, "between 80 and 84"),
      (.equals(value, 85), .pass, "equal to 85"),
      (.within(value, target: 88, absolute: 3, relative: nil), .pass, "within 3 of 88"),
      (.within(value, target: 88, absolute: nil, relative: 0.01), .fail, "within 1 % of 88"),
      (
        .lessBy(left: try Self.cells("min(asr[test=0.1])"), right: value, 73), .pass,
        "at least 73 less"
      ),
    ]
    for (condition, verdict, required) in cases {
      let result = try judge(expectation(condition))
      #expect(result.verdict == verdict, "\(required)")
      #expect(result.required == required)
    }
  }

  @Test func anotherProfileIsNotJudged() throws {
    let result = try judge(expectation(try gap(99), profiles: ["paper"]))
    #expect(result.verdict == .notApplicable)
    #expect(result.remark == "judged at profile paper, not at default")
    #expect(!result.failsRun(isStrict: true))
  }

  @Test(arguments: [
    ("cifar10", "91.62 (table 3)"), ("cifar10 (copy 1a2b)", "91.62 (table 3)"),
    ("fashion_mnist", "not applicable (fashion_mnist)"), ("", "not applicable (no data set)"),
  ])
  func thePaperIsComparedOnItsOwnData(_ dataset: String, _ text: String) throws {
    let paper = Claim.PaperValue(
      value: 91.62, left: nil, right: nil, source: "table 3", dataset: "cifar10")
    #expect(try judge(expectation(try gap(1), paper: paper), dataset: dataset).paper == text)
  }

  @Test(arguments: [
    ("cifar10 (copy 1a2b)", Verdict.fail, ""),
    (
      "fashion_mnist", .notApplicable,
      "the paper's number is for cifar10, this run read fashion_mnist"
    ),
    ("", .notApplicable, "the paper's number is for cifar10, this run read no data set"),
  ])
  func withinComparesOnItsOwnDataOnly(
    _ dataset: String, _ verdict: Verdict, _ remark: String
  ) throws {
    let paper = Claim.PaperValue(
      value: 10, left: nil, right: nil, source: "table 3", dataset: "cifar10")
    let condition = Claim.Condition.within(
      try Self.cells("asr[train=mix].worst"), target: 10, absolute: 1, relative: nil)
    let result = try judge(expectation(condition, paper: paper), dataset: dataset)
    #expect(result.verdict == verdict)
    #expect(result.remark == remark)
    #expect(result.failsRun() == (verdict == .fail))
  }

  @Test func warningsDoNotFailTheRun() throws {
    let result = try judge(expectation(try gap(99), level: .warn))
    #expect(result.verdict == .fail && !result.failsRun(isStrict: true))
  }
}

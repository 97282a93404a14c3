import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// The causal stages on the embedded units, whose effects are known, and what they refuse.
struct CausalStagesTests {
  private let bench: StageBench
  private let data: [StageBench.Output]

  init() throws {
    bench = try StageBench()
    let made = try bench.run("causal.dataset", ["name": .string("made")])
    let split = try bench.run(
      "causal.split", ["test": .double(0.25), "val": .double(0.25)],
      inputs: ["data": made.one("data")])
    data = split.one("data")
  }

  private func fit(
    _ estimator: String, _ more: [String: Value] = [:]
  ) throws -> [StageBench.Output] {
    let parameters = more.merging(["estimator": .string(estimator)]) { first, _ in first }
    return try bench.run("causal.fit", parameters, inputs: ["data": data]).one("effects")
  }

  private func propensity() throws -> [StageBench.Output] {
    try bench.run("causal.propensity", inputs: ["data": data]).one("propensity")
  }

  /// The number in one cell of a table.
  private func number(
    _ table: Table, _ column: String, where key: String, is value: String
  ) throws -> Double {
    let row = try #require(table.column(key).firstIndex(of: .string(value)))
    guard case .double(let number) = table.column(column)[row] else {
      Issue.record("\(column) is \(table.column(column)[row])")
      return .nan
    }
    return number
  }

  @Test func splitKeepsShares() throws {
    let read = try CausalData(reading: data[0].url)
    #expect(read.rows(.test).count == 100 && read.rows(.validation).count == 75)
    #expect(read.rows(.train).count == 225)
    let blocks = try bench.run(
      "causal.split", ["method": .string("spatial_block"), "block": .int(2)],
      inputs: ["data": data])
    let blocked = try CausalData(reading: try #require(blocks["data"]).url)
    // Whole places, for a block holds whole places.
    let clusters = try #require(blocked.cluster)
    let tested = Set(blocked.rows(.test).map { clusters[$0] })
    let others = Set(blocked.rows(.train, .validation).map { clusters[$0] })
    #expect(tested.isDisjoint(with: others) && !tested.isEmpty)
  }

  @Test func linesFindTheEffects() throws {
    let effects = try fit("ols_t")
    let scores = try #require(
      bench.run(
        "causal.evaluate",
        ["metrics": .list([.string("pehe"), .string("gap")]), "benefit": .string("lower")],
        inputs: ["data": data, "effects": effects])["metrics"]
    ).table
    // The line lacks the step at z = 0, worth 0.25 a unit.
    #expect(try number(scores, "root_pehe", where: "set", is: "out") < 0.35)
    #expect(try number(scores, "ate_error", where: "set", is: "out") < 0.2)
    #expect(try number(scores, "spearman", where: "set", is: "out") > 0.8)
    #expect(try number(scores, "gap", where: "set", is: "within") < -0.2)
    #expect(try number(scores, "true_gap", where: "set", is: "within") < -0.4)
    #expect(scores.column("policy_risk") == [.null, .null])
  }

  @Test func averageEffectsCoverTheTruth() throws {
    let methods = ["difference", "plugin", "ipw", "hajek", "aipw", "tmle", "att"]
    let table = try #require(
      bench.run(
        "causal.ate", ["methods": .list(methods.map(Value.string))],
        inputs: ["data": data, "propensity": try propensity()])["estimates"]
    ).table
    #expect(table.column("method") == methods.map(Value.string))
    let truth = try number(table, "truth", where: "method", is: "aipw")
    for method in ["hajek", "aipw", "tmle"] {
      let estimate = try number(table, "estimate", where: "method", is: method)
      #expect(abs(estimate - truth) < 0.15, "\(method): \(estimate), truth \(truth)")
    }
    #expect(abs(try number(table, "estimate", where: "method", is: "difference") - truth) > 0.5)
    #expect(table.column("covered")[4] == .bool(true))
    #expect(table.column("clusters")[0] == .int(40))
  }

  @Test func targetedRegularisationIsReported() throws {
    let effects = try fit("dragonnet_treg", ["steps": .int(20), "rep": .list([.int(8)])])
    let inputs = ["data": data, "propensity": try propensity(), "effects": effects]
    let table = try #require(
      bench.run("causal.ate", ["methods": .list([.string("treg")])], inputs: inputs)["estimates"]
    ).table
    #expect(table.column("outcomes") == [.string("dragonnet_treg")])
    let other = inputs.merging(["effects": try fit("ols_t")]) { $1 }
    #expect(
      throws: StageFailure(
        at: "parameter methods", "treg needs the epsilon of targeted regularisation",
        why: "only dragonnet_treg trains one", fix: "use its effects, or drop treg")
    ) {
      try bench.run("causal.ate", ["methods": .list([.string("treg")])], inputs: other)
    }
  }

  @Test func weightsBalanceTheArms() throws {
    let outputs = try bench.run("causal.propensity", inputs: ["data": data])
    let balance = try #require(outputs["balance"]).table
    #expect(try number(balance, "before", where: "column", is: "x1") > 0.5)
    #expect(abs(try number(balance, "after", where: "column", is: "x1")) < 0.2)
    // Neither consequences nor controls are covariates.
    #expect(balance.column("column") == ["x1", "x2", "x3", "z"].map(Value.string))
    let overlap = try #require(outputs["overlap"]).table
    #expect(try number(overlap, "effective", where: "arm", is: "treated") > 50)
  }

  @Test func comparisonPairsDataSets() throws {
    var scores: [StageBench.Output] = []
    for seed in ["1", "2", "3"] {
      let split = try bench.run(
        "causal.split", ["seed": .int(Int(seed) ?? 0)], inputs: ["data": data])
      for kind in ["ols_s", "ols_t"] {
        let effects = try bench.run(
          "causal.fit", ["estimator": .string(kind)], inputs: ["data": split.one("data")])
        let score = try bench.run(
          "causal.evaluate", inputs: ["data": split.one("data"), "effects": effects.one("effects")])
        scores += score.one("metrics").map { $0.labelled(["estimator": kind, "seed": seed]) }
      }
    }
    let outputs = try bench.run(
      "causal.compare", ["baseline": .string("ols_s")], inputs: ["scores": scores])
    let wins = try #require(outputs["wins"]).table
    #expect(wins.column("estimator").allSatisfy { $0 == .string("ols_t") })
    #expect(wins.column("wins")[1] == .int(3) && wins.column("pairs")[1] == .int(3))
    #expect(abs(try number(wins, "p", where: "set", is: "out") - 0.25) < 1e-12)
    let summary = try #require(outputs["summary"]).table
    #expect(summary.rows.count == 2 * 2 * 2)
    for figure in ["figure", "boxes"] {
      #expect(try #require(outputs[figure]).data.starts(with: Data("<svg".utf8)))
    }
  }

  @Test(arguments: ["ensemble", "bootstrap"]) func refitsSpread(kind: String) throws {
    let outputs = try bench.run(
      "causal.uncertainty",
      ["kind": .string(kind), "estimator": .string("ols_t"), "fits": .int(20)],
      inputs: ["data": data])
    let intervals = try #require(outputs["intervals"]).table
    #expect(intervals.column("quantity") == [.string("ate"), .string("gap by income")])
    let estimate = try number(intervals, "estimate", where: "quantity", is: "ate")
    let truth = try number(intervals, "truth", where: "quantity", is: "ate")
    #expect(abs(estimate - truth) < 0.25)
    let spread = try number(intervals, "sd", where: "quantity", is: "ate")
    #expect(spread > 0.01 && spread < 0.3)
    let coverage = try #require(outputs["coverage"]).table
    #expect(coverage.column("set") == [.string("within"), .string("out")])
  }

  @Test func refutations() throws {
    let tests = [
      "placebo_treatment", "random_common_cause", "subset", "dummy_outcome",
      "unobserved_confounder", "negative_control",
    ]
    let parameters: [String: Value] = [
      "estimator": .string("ols_t"), "tests": .list(tests.map(Value.string)),
      "control": .string("hour"), "strengths": .list([.int(1)]), "within_cluster": .bool(true),
    ]
    let table = try #require(
      bench.run("causal.refute", parameters, inputs: ["data": data])["refutation"]
    ).table
    #expect(table.column("test") == tests.map(Value.string))
    #expect(abs(try number(table, "refuted", where: "test", is: "placebo_treatment")) < 0.15)
    let original = try number(table, "original", where: "test", is: "subset")
    #expect(abs(try number(table, "refuted", where: "test", is: "subset") - original) < 0.1)
    // A cause with slope 1 on both moves the estimate by about one deviation of y.
    let moved = try number(table, "refuted", where: "test", is: "unobserved_confounder")
    #expect(moved - original > 0.8)
    #expect(table.column("verdict")[4] == .string("curve"))
  }

  @Test func sensitivity() throws {
    let outputs = try bench.run(
      "causal.sensitivity", inputs: ["data": data, "propensity": try propensity()])
    let gammas = try #require(outputs["gammas"]).table
    let p = gammas.column("p").compactMap { value -> Double? in
      if case .double(let p) = value { p } else { nil }
    }
    #expect(p.count == 5 && p == p.sorted() && p[0] < 0.001)
    let tried = gammas.column("gamma").compactMap(\.number)
    let sound = zip(tried, p).filter { $0.1 < 0.05 }.map(\.0)
    let largest = try #require(outputs["largest"]).table
    #expect(largest.column("gamma") == [.double(try #require(sound.max()))])
    let evalue = try #require(outputs["evalue"]).table
    guard case .double(let value) = evalue.column("evalue")[0] else {
      Issue.record("no e-value")
      return
    }
    #expect(value > 1.5)
  }

  @Test func policies() throws {
    let rules = ["benefit", "random", "poorest", "oracle", "benefit_equity"]
    let table = try #require(
      bench.run(
        "causal.policy", ["rules": .list(rules.map(Value.string)), "budget": .double(0.25)],
        inputs: ["data": data, "effects": try fit("ols_t")])["outcome"]
    ).table
    let avoided = try rules.map { try number(table, "avoided", where: "rule", is: $0) }
    #expect(avoided.allSatisfy { $0 <= avoided[3] } && avoided[0] > avoided[1])
    #expect(table.column("sites").allSatisfy { $0 == .int(10) })
    let before = try number(table, "gap_before", where: "rule", is: "poorest")
    let after = try number(table, "gap_after", where: "rule", is: "poorest")
    #expect(after < before)
  }

  /// The budget counts sites: one of many units with a small gain each may be worth more than one
  /// unit with a large gain.
  @Test func theOracleBoundsEveryRule() throws {
    let unequal = try write { data in
      data.cluster = (0..<data.count).map { Int32($0 < 200 ? $0 : 200 + $0 / 100) }
      data.groupings = [
        .init(
          name: "income", labels: ["poor", "rich"],
          members: (0..<data.count).map { $0 < 300 ? 1 : 0 })
      ]
    }
    let effects = try bench.run(
      "causal.fit", ["estimator": .string("ols_t")], inputs: ["data": unequal])
    let rules = ["oracle", "benefit", "poorest", "random", "benefit_equity"]
    let table = try #require(
      bench.run(
        "causal.policy",
        ["rules": .list(rules.map(Value.string)), "budget": .double(0.008)],
        inputs: ["data": unequal, "effects": effects.one("effects")])["outcome"]
    ).table
    #expect(table.column("sites") == [Value](repeating: .int(1), count: 5))
    let avoided = try rules.map { try number(table, "avoided", where: "rule", is: $0) }
    #expect(avoided.allSatisfy { $0 <= avoided[0] })
    // A hundred units, half of them untreated.
    #expect(avoided[1] > 20 && avoided[2] > 20)
  }

  // MARK: Refusals

  private func write(_ change: (inout CausalData) -> Void) throws -> [StageBench.Output] {
    var copy = try CausalData(reading: data[0].url)
    change(&copy)
    let url = bench.folder.appending(path: "changed")
    try copy.write(to: url)
    return [StageBench.Output(url: url, labels: [])]
  }

  private struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let failure: StageFailure
    let change: @Sendable (inout CausalData) -> Void
  }

  private static let refusals: [Refusal] = [
    Refusal(
      testDescription: "NaN outcome",
      failure: StageFailure(
        at: "changed", "unit 3: outcome nan", why: "estimators need a number for every unit",
        fix: "drop the unit")
    ) { $0.outcome[3] = .nan },
    Refusal(
      testDescription: "infinite covariate",
      failure: StageFailure(
        at: "changed", "unit 1, column x2: inf", why: "estimators need a number in every cell",
        fix: "drop the unit or impute the value")
    ) { data in
      var x = data.x.values
      x[7] = .infinity
      data.x = Tensor(x, shape: data.x.shape)
    },
    Refusal(
      testDescription: "treatment 2",
      failure: StageFailure(
        at: "changed", "unit 5: treatment 2", why: "a treatment is 0 or 1",
        fix: "code the compared states as 0 and 1")
    ) { $0.treatment[5] = 2 },
    Refusal(
      testDescription: "one treated unit",
      failure: StageFailure(
        at: "changed", "1 treated and 399 untreated units", why: "each arm needs at least 20",
        fix: "use more data, or a treatment that more units differ in")
    ) { data in
      data.treatment = data.treatment.indices.map { $0 == 0 ? 1 : 0 }
    },
    Refusal(
      testDescription: "constant outcome",
      failure: StageFailure(
        at: "changed", "all 400 outcomes are 1.0", why: "a constant has no effect to estimate",
        fix: "use another outcome")
    ) { data in data.outcome = data.outcome.map { _ in 1 } },
  ]

  @Test(arguments: refusals) private func refusesUnusableData(refusal: Refusal) throws {
    let changed = try write(refusal.change)
    #expect(throws: refusal.failure) {
      try bench.run("causal.fit", inputs: ["data": changed])
    }
  }

  @Test func refusesConsequencesAsCovariates() {
    #expect(
      throws: StageFailure(
        at: "parameter features", "column 'injured' may be a consequence of the treatment",
        why: "adjusting for it would take away a part of the effect", fix: "leave it out")
    ) {
      try bench.run(
        "causal.fit", ["features": .list([.string("x1"), .string("injured")])],
        inputs: ["data": data])
    }
  }

  @Test func refusesTruthWhereThereIsNone() throws {
    let effects = try fit("difference")
    let changed = try write { $0.truth = nil }
    #expect(
      throws: StageFailure(
        at: "input effects", "they were fitted on other data",
        why: "row by row they would be compared with the wrong units",
        fix: "give causal.fit and this stage the same data")
    ) {
      try bench.run("causal.evaluate", inputs: ["data": changed, "effects": effects])
    }
    let own = try bench.run(
      "causal.fit", ["estimator": .string("difference")], inputs: ["data": changed])
    #expect(
      throws: StageFailure(
        at: "parameter metrics", "pehe is not defined for made",
        why: "it needs both outcomes of every unit", fix: "drop it from metrics")
    ) {
      try bench.run(
        "causal.evaluate", ["metrics": .list([.string("pehe")])],
        inputs: ["data": changed, "effects": own.one("effects")])
    }
    #expect(
      throws: StageFailure(
        at: "parameter metrics", "policy_risk is not defined for made",
        why: "it needs randomised units", fix: "drop it from metrics")
    ) {
      try bench.run(
        "causal.evaluate", ["metrics": .list([.string("policy_risk")])],
        inputs: ["data": data, "effects": effects])
    }
  }

  @Test func refusesArmsThatHardlyOverlap() throws {
    let changed = try write { data in
      var x = data.x.values
      for row in 0..<data.count { x[row * 6] = data.treatment[row] == 1 ? 9 : -9 }
      data.x = Tensor(x, shape: data.x.shape)
    }
    #expect(
      throws: StageFailure(
        at: "input data", "0 of 400 propensities lie in 0.05...0.95",
        why: "the arms hardly overlap: effects would be extrapolated, not compared",
        fix: "restrict the data to units that could have had either treatment")
    ) {
      try bench.run("causal.propensity", inputs: ["data": changed])
    }
  }

  @Test func refusesDivergence() {
    #expect(
      throws: StageFailure(
        at: "parameter lr", "the loss of tarnet is not finite in step 1, at rate 10.0",
        why: "the step is too large for this network and batch", fix: "write a smaller lr")
    ) {
      try fit(
        "tarnet",
        [
          "lr": .double(10), "init": .double(10), "steps": .int(3),
          "rep": .list(
            [Value](repeating: .int(64), count: 40)), "normalise": .bool(false),
        ])
    }
  }

  @Test func unknownEstimatorsGetTheList() throws {
    let problem = try #require(
      StageBench.problems("causal.fit", ["estimator": .string("tarnett")]).first)
    #expect(problem.what.hasPrefix("'tarnett' is not one of difference, ols_s, ols_t, s_net"))
    #expect(problem.fix == "did you mean 'tarnet'?")
  }

  @Test func missingFilesAreNamed() {
    #expect(
      throws: StageFailure(
        .environment, at: "parameter name", "the files of jobs are not there",
        why: "looked for causal/jobs/nsw_psid.csv in /nowhere",
        fix: "put LaLonde's NSW and PSID-1 units (Rdatasets, DAAG nswdemo and psid1) as CSV there,"
          + " pass --data DIR, or write name: made")
    ) {
      try bench.run(
        "causal.dataset", ["name": .string("jobs")],
        files: DataFolders([URL(filePath: "/nowhere")]))
    }
  }
}

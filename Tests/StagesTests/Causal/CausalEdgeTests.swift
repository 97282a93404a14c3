import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// The causal stages where data are thin, odd or too large: what is refused, what is left empty,
/// and what a table must not claim.
struct CausalEdgeTests {
  private let bench: StageBench
  private let made: StageBench.Output
  private let data: [StageBench.Output]

  init() throws {
    bench = try StageBench()
    made = try #require(try bench.run("causal.dataset", ["name": .string("made")])["data"])
    data = try bench.run(
      "causal.split", ["test": .double(0.25), "val": .double(0.25)], inputs: ["data": [made]]
    ).one("data")
  }

  private func changed(_ change: (inout CausalData) -> Void) throws -> [StageBench.Output] {
    var copy = try CausalData(reading: data[0].url)
    change(&copy)
    let url = bench.folder.appending(path: "changed \(UUID().uuidString)")
    try copy.write(to: url)
    return [StageBench.Output(url: url, labels: [])]
  }

  private func propensity(of data: [StageBench.Output]) throws -> [StageBench.Output] {
    try bench.run("causal.propensity", inputs: ["data": data]).one("propensity")
  }

  private func fit(
    _ estimator: String, on data: [StageBench.Output]
  ) throws -> [StageBench.Output] {
    try bench.run("causal.fit", ["estimator": .string(estimator)], inputs: ["data": data])
      .one("effects")
  }

  // MARK: Thin parts

  @Test(arguments: [
    (["test": Value.double(0.001)], "write a larger test"),
    (
      [
        "method": .string("spatial_block"), "block": .double(0.5), "test": .double(0.001),
        "seed": .int(1),
      ], "write a larger test, a smaller block or another seed"
    ),
  ])
  func splitsKeepBothArmsInTheTestPart(parameters: [String: Value], fix: String) throws {
    // A place of its own for each unit, so that a block is one of them.
    let scattered = try changed { data in
      data.place = Tensor((0..<800).map { Float($0) }, shape: [400, 2])
    }
    #expect(
      throws: StageFailure(
        at: "input data", "fewer than 2 test units have treatment 0",
        why: "estimates are scored on both arms", fix: fix)
    ) {
      try bench.run("causal.split", parameters, inputs: ["data": scattered])
    }
  }

  @Test func averagesNeedTwoUnitsOfEachArm() throws {
    let thin = try changed { data in
      let treated = data.treatment.indices.filter { data.treatment[$0] == 1 }
      data.part = data.treatment.map { $0 == 0 ? 2 : 0 }
      data.part?[treated[0]] = 2
    }
    let untreated = try CausalData(reading: thin[0].url).treatment.count { $0 == 0 }
    #expect(
      throws: StageFailure(
        at: "parameter set", "out has 1 treated and \(untreated) untreated units",
        why: "an average effect compares at least 2 of each",
        fix: "write another set, or leave more units to it in causal.split")
    ) {
      try bench.run(
        "causal.ate", ["set": .string("out")],
        inputs: ["data": thin, "propensity": try propensity(of: thin)])
    }
  }

  /// Three treated units in two parts: one of them is fitted on a single one.
  @Test(arguments: ["dr_learner", "causal_forest", "ols_t"])
  func armsOfTrainingMustSuffice(estimator: String) throws {
    let count = estimator == "ols_t" ? 1 : 3
    let thin = try changed { data in
      let treated = data.treatment.indices.filter { data.treatment[$0] == 1 }
      data.part = data.treatment.map { $0 == 1 ? 2 : 0 }
      for unit in treated.prefix(count) { data.part?[unit] = 0 }
    }
    #expect(
      throws: StageFailure(
        at: "input data", "\(count) training units have treatment 1",
        why: "\(estimator) needs more of them in every part that it is fitted on",
        fix: "write a smaller test or val for causal.split, or use more data")
    ) {
      try fit(estimator, on: thin)
    }
  }

  @Test func validationMayLackAnArm() throws {
    let thin = try changed { data in
      data.part = zip(data.treatment, data.part ?? []).map { $0 == 1 && $1 == 1 ? 0 : $1 }
    }
    let effects = try bench.run(
      "causal.fit", ["steps": .int(20), "rep": .list([.int(8)])], inputs: ["data": thin])
    #expect(effects["effects"] != nil)
  }

  /// Two clusters, each of one arm: half of the draws miss one, and are drawn again.
  @Test func drawsKeepBothArms() throws {
    let paired = try changed { data in data.cluster = data.treatment.map { Int32($0) } }
    let intervals = try #require(
      bench.run(
        "causal.uncertainty",
        ["kind": .string("bootstrap"), "estimator": .string("ols_t"), "fits": .int(20)],
        inputs: ["data": paired])["intervals"]
    ).table
    #expect(intervals.column("fits") == [.int(20), .int(20)])
  }

  @Test func gapsWithoutAGroupAreLeftOut() throws {
    let alike = try changed { data in
      data.groupings = [
        .init(
          name: "income", labels: ["poor", "rich"],
          members: [UInt8](repeating: 0, count: data.count))
      ]
    }
    let intervals = try #require(
      bench.run(
        "causal.uncertainty", ["estimator": .string("ols_t"), "fits": .int(2)],
        inputs: ["data": alike])["intervals"]
    ).table
    #expect(intervals.column("quantity") == [.string("ate")])
  }

  // MARK: Parameters

  /// Draws add their number to the seed, beyond what an integer holds: they differ all the same,
  /// and from those of another seed.
  @Test(arguments: [
    ("causal.uncertainty", "fits", "intervals"), ("causal.refute", "draws", "refutation"),
  ])
  func theLargestSeedIsASeed(kind: String, count: String, slot: String) throws {
    func spread(_ seed: Int) throws -> [Double] {
      let parameters: [String: Value] = [
        "estimator": .string("ols_t"), "seed": .int(seed), count: .int(3),
      ]
      let table = try #require(bench.run(kind, parameters, inputs: ["data": data])[slot]).table
      return table.column("sd").compactMap(\.number)
    }
    let found = try spread(Int.max)
    #expect(!found.isEmpty && found.allSatisfy { $0.isFinite && $0 > 0 })
    #expect(try found != spread(1))
  }

  @Test(arguments: [
    ("causal.ate", "level", 0.9999999999999999, "0 < x <= 0.999", "of the intervals"),
    ("causal.uncertainty", "level", 0.9999999999999999, "0 < x <= 0.999", "of the intervals"),
    (
      "causal.fit", "clip", 0, "0 < x <= 0.2", "propensities are kept in clip ... 1 - clip"
    ),
    (
      "causal.split", "block", 1e-20, "1e-06 <= x <= 1000000",
      "spatial_block: side of a block, in map units"
    ),
  ])
  func boundsOfParameters(
    kind: String, parameter: String, value: Double, range: String, help: String
  ) throws {
    let problem = try #require(StageBench.problems(kind, [parameter: .double(value)]).first)
    #expect(problem.what.hasSuffix("is outside \(range)"), "\(problem.what)")
    #expect(problem.why == help)
  }

  @Test func placesMustFitTheBlocks() throws {
    let far = try changed { data in
      data.place = Tensor([4e10] + [Float](repeating: 0, count: 799), shape: [400, 2])
    }
    #expect(
      throws: StageFailure(
        at: "parameter block", "unit 0 at 4e+10 lies in block 8000000000.0",
        why: "blocks are numbered from the origin, up to 1e9 of them", fix: "write a larger block")
    ) {
      try bench.run("causal.split", ["method": .string("spatial_block")], inputs: ["data": far])
    }
  }

  @Test func controlsAreNoCovariates() {
    #expect(
      throws: StageFailure(
        at: "parameter features", "column 'hour' is a control, not a covariate",
        why: "no treatment acts on it, so that an effect on it would show a fault",
        fix: "leave it out")
    ) {
      try bench.run(
        "causal.fit", ["features": .list([.string("x1"), .string("hour")])],
        inputs: ["data": data])
    }
  }

  // MARK: What a table must not claim

  /// A single cluster says nothing of others; predictions that are averaged have no error.
  @Test func errorsThatAreNotDefinedAreNull() throws {
    let methods = ["plugin", "aipw"]
    func errors(_ data: [StageBench.Output]) throws -> Table {
      try #require(
        bench.run(
          "causal.ate", ["methods": .list(methods.map(Value.string))],
          inputs: [
            "data": data, "propensity": try propensity(of: data),
            "effects": try fit("ols_s", on: data),
          ])["estimates"]
      ).table
    }
    let table = try errors(data)
    for column in ["se", "low", "high", "covered"] {
      #expect(table.column(column)[0] == .null && table.column(column)[1] != .null)
    }
    #expect(
      bench.log.contains(
        "set all holds units that ols_s was trained on: errors of aipw and tmle are too small;"
          + " set: out averages the others"))
    let single = try changed { data in data.cluster = data.cluster?.map { _ in 0 } }
    #expect(try errors(single).column("se") == [.null, .null])
    #expect(
      throws: StageFailure(
        at: "input data", "all units lie in one cluster",
        why: "nothing says how much another cluster would differ", fix: "write cluster: false")
    ) {
      try bench.run(
        "causal.sensitivity",
        inputs: ["data": single, "propensity": try propensity(of: single)])
    }
  }

  /// Twenty draws can show a p below 0.1, no fewer can.
  @Test(arguments: [(20, "holds"), (19, "undecided")])
  func verdicts(draws: Int, expected: String) throws {
    let tests = [
      "placebo_treatment", "random_common_cause", "subset", "dummy_outcome", "negative_control",
    ]
    let table = try #require(
      bench.run(
        "causal.refute",
        [
          "estimator": .string("ols_t"), "draws": .int(draws),
          "tests": .list(tests.map(Value.string)), "control": .string("hour"),
        ], inputs: ["data": data])["refutation"]
    ).table
    #expect(
      table.column("verdict") == tests.map { _ in .string(expected) },
      "\(table.column("p"))")
    // A control is resampled: its draws differ although nothing in a line is random.
    #expect(table.column("sd").allSatisfy { $0 != .double(0) })
  }

  /// A control that the treatment acts on, against what its role says.
  @Test func anEffectOnAControlFails() throws {
    let broken = try changed { data in
      var x = data.x.values
      for row in 0..<data.count { x[row * 6 + 4] += 40 * Float(data.treatment[row]) }
      data.x = Tensor(x, shape: data.x.shape)
    }
    let table = try #require(
      bench.run(
        "causal.refute",
        [
          "estimator": .string("ols_t"), "tests": .list([.string("negative_control")]),
          "control": .string("hour"),
        ], inputs: ["data": broken])["refutation"]
    ).table
    #expect(table.column("verdict") == [.string("fails")])
  }

  // MARK: Comparison

  private func scores(_ labels: [[String: String]]) throws -> [StageBench.Output] {
    let kinds = ["ols_s", "ols_t"]
    return try labels.enumerated().map { index, labels in
      try #require(
        bench.run(
          "causal.evaluate",
          inputs: ["data": data, "effects": try fit(kinds[index % 2], on: data)])["metrics"]
      ).labelled(labels)
    }
  }

  @Test func comparisonsRefuseWhatTheyWouldDrop() throws {
    func compare(_ baseline: String, _ labels: [[String: String]]) throws {
      try bench.run(
        "causal.compare", ["baseline": .string(baseline)], inputs: ["scores": try scores(labels)])
    }
    #expect(
      throws: StageFailure(
        at: "parameter baseline", "no scores are of 'ols_z'",
        why: "there are those of ols_s, ols_t",
        fix: "did you mean 'ols_s'?")
    ) {
      try compare("ols_z", [["seed": "1"], ["seed": "1"]])
    }
    #expect(
      throws: StageFailure(
        at: "input scores", "ols_s is scored twice on seed=1, set within",
        why: "estimators are told apart by kind, ipm, alpha and members alone",
        fix: "compare those that differ otherwise in a stage each, chosen by where")
    ) {
      try compare("ols_s", [["seed": "1"], ["seed": "1"], ["seed": "1"]])
    }
    #expect(
      throws: StageFailure(
        at: "input scores", "no data set was scored with both ols_t and ols_s",
        why: "pairs share the labels of all axes but 'estimator': there are method=b and method=a",
        fix: "call the axis of the estimators 'estimator'")
    ) {
      try compare("ols_s", [["method": "a"], ["method": "b"]])
    }
  }

  // MARK: Files

  @Test func namesWithCommasAreRefused() {
    #expect(
      throws: StageFailure(
        at: "made", "column 'a,b' has a comma in its name",
        why: "names are kept in one line, separated by commas", fix: "rename it in the source")
    ) {
      try changed { $0.columns[0] = .init("a,b") }
    }
    #expect(
      throws: StageFailure(
        at: "made", "group of income 'poor, or not' has a comma in its name",
        why: "names are kept in one line, separated by commas", fix: "rename it in the source")
    ) {
      try changed { data in
        data.groupings = [
          .init(
            name: "income", labels: ["poor, or not", "rich"], members: data.groupings[0].members)
        ]
      }
    }
  }

  @Test func groupsNeedLabels() throws {
    let single = try changed { data in
      data.groupings = [
        .init(name: "income", labels: [], members: [UInt8](repeating: 255, count: data.count))
      ]
    }
    #expect(
      throws: StageFailure(
        at: single[0].url.lastPathComponent, "group.income has no labels",
        why: "a group is known by its label", fix: "name every group in the metadata"
      )
    ) {
      try fit("ols_t", on: single)
    }
  }

  // MARK: Propensities by a network

  /// Treated far from the middle on either side: a line sees nothing of it.
  @Test func networksSeeWhatLinesDoNot() throws {
    let curved = try changed { data in
      let x = data.x.values
      var random = RandomStream.generator(seed: 3, purpose: "curved treatment")
      data.treatment = (0..<data.count).map { row in
        random.unit() < (abs(x[row * 6 + 1]) > 0.7 ? 0.85 : 0.15) ? 1 : 0
      }
    }
    func spread(_ model: String) throws -> Double {
      let overlap = try #require(
        bench.run(
          "causal.propensity", ["model": .string(model), "steps": .int(400)],
          inputs: ["data": curved])["overlap"]
      ).table
      guard case .double(let share) = overlap.column("effective")[1] else { return .nan }
      return share
    }
    // Weights that tell units apart make fewer of them count.
    #expect(try spread("net") < 0.9 * spread("logistic"))
  }
}

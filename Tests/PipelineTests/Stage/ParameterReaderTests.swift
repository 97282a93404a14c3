import Pipeline
import Testing

/// A stage with one parameter of each kind.
private struct Sample: Stage {
  enum Mode: String, CaseIterable { case fast, exact }

  static let kind = "test.sample"
  static let version = 1
  static let summary = "Has one parameter of each kind."
  static let inputs: [InputSlot] = []
  static let outputs: [OutputSlot] = []

  let rate: Double
  let count: Int
  let mode: Mode
  let opacities: [Double]
  let verbose: Bool

  init(_ p: inout ParameterReader) {
    rate = p.double("rate", default: 0.05, in: .open(0, 1), help: "share")
    count = p.int("count", default: nil, in: 1...9, help: "how many")
    mode = p.choice("mode", default: Mode.fast, help: "how")
    opacities = p.doubles("opacities", default: [1], in: .above(0, through: 1), help: "levels")
    verbose = p.bool("verbose", default: false, affectsResult: false, help: "talk")
  }

  var estimate: Estimate { .small }
  func run(_ context: StageContext) throws {}
}

struct ParameterReaderTests {
  private let type = StageType(Sample.self, fingerprint: "f", numericsTag: "n")

  @Test func declarationsComeFromTheInitialiser() {
    #expect(type.parameters.map(\.name) == ["rate", "count", "mode", "opacities", "verbose"])
    #expect(type.parameters.map(\.range) == ["0 < x < 1", "1 <= x <= 9", "", "0 < x <= 1", ""])
    #expect(type.parameters[1].defaultValue == nil)
  }

  @Test func defaultsAreFilledInAndIntegersWidened() {
    let bound = type.bind(["count": .int(3), "opacities": .list([.int(1)])])
    #expect(bound.problems.isEmpty)
    #expect(bound.parameters["rate"] == .double(0.05))
    #expect(bound.parameters["opacities"] == .list([.double(1)]))
    #expect(bound.keyParameters["verbose"] == nil)
  }

  @Test func everyProblemIsReportedAtOnce() {
    let bound = type.bind([
      "rate": .double(1.4), "mode": .string("fats"), "opacities": .list([.double(0.1), .int(2)]),
      "cuont": .int(1),
    ])
    #expect(
      bound.problems.map(\.what) == [
        "1.4 is outside 0 < x < 1", "required parameter 'count' is missing",
        "'fats' is not one of fast, exact", "2 is outside 0 < x <= 1",
        "'cuont' is not a parameter of test.sample",
      ])
    #expect(
      bound.problems.map(\.why) == [
        "share", "how many", "how", "levels", "it has: rate, count, mode, opacities, verbose",
      ])
    #expect(bound.problems[0].fix == "write less than 1")
    #expect(bound.problems[2].fix == "did you mean 'fast'?")
    #expect(bound.problems[3].index == 1)
    #expect(bound.problems[4].fix == "did you mean 'count'?")
  }

  @Test func notANumberNeverReachesAKey() {
    let bound = type.bind(["count": .int(1), "rate": .double(.nan)])
    #expect(bound.problems.map(\.parameter) == ["rate"])
    #expect(bound.problems.map(\.what) == ["nan is not a finite number"])
  }

  @Test(arguments: [
    (Value.double(0), "write more than 0"), (.double(-1), "write more than 0"),
    (.double(1), "write less than 1"),
  ])
  func theRemedyNamesTheBoundThatWasMissed(_ rate: Value, _ fix: String) {
    #expect(type.bind(["count": .int(1), "rate": rate]).problems.map(\.fix) == [fix])
  }

  @Test(arguments: [(0, "write at least 1"), (10, "write at most 9")])
  func integersToo(_ count: Int, _ fix: String) {
    let problems = type.bind(["count": .int(count)]).problems
    #expect(problems.map(\.what) == ["\(count) is outside 1 <= x <= 9"])
    #expect(problems.map(\.fix) == [fix])
  }
}

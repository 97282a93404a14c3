import Foundation
import Testing

/// The verbs that look at stored runs, as a user calls them.
struct StoredRunTests {
  @Test func twoRunsAreComparedJudgedAndExplained() throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    let first = try run(program)
    let second = try run(program, "tests=[0.25, 1.0]")

    let same = try program.run("compare", first, first, "--exit-code")
    #expect(same.status == 0)
    #expect(same.output.contains("besides numbers, nothing differs"))
    let other = try program.run("compare", first, second, "--only-diff", "--exit-code")
    #expect(other.status == 5)
    #expect(
      other.output.contains(
        "  parameter tests: [0.5,1.0] from default (experiments/tiny.yaml:5) -> [0.25,1.0] from "
          + "command line\n  cache keys: attack 2 of 2\n"))

    let baseline = try program.run("results", first, "--export-baseline", "default")
    #expect(baseline.status == 0, "\(baseline.errors)")
    let file = "results/tiny/baseline.default.json"
    #expect(try program.run("compare", file, first, "--exit-code").status == 0)

    let explained = try program.run("explain", second, "attack[train=clean]")
    #expect(
      explained.output.contains(
        "parameter.intensities: [0.5,1.0] -> [0.25,1.0] from command line"))
    let lineage = try program.run(
      "lineage", "asr[train=clean,test_intensity=1.0]", "--run", first)
    #expect(lineage.output.contains("made by attack[train=clean]  backdoor.eval"))
    #expect(lineage.output.contains("model <- model[train=clean]  train.classifier"))
    #expect(!lineage.output.contains("train=strong"))

    // A claim that holds, then the same rows under a bound that they miss.
    let shown = try program.run("expect", first)
    #expect(shown.status == 0, "\(shown.errors)")
    try program.write(
      tinySpec.replacingOccurrences(of: "at_most: 1", with: "at_most: -1"),
      to: "experiments/tiny.yaml")
    let judged = try program.run("expect", first)
    #expect(judged.status == 4)
    #expect(judged.output.hasSuffix("since the run: 'clean_is_low' was shown, now not shown\n"))
    let junit = try program.run("expect", first, "--format", "junit")
    #expect(junit.status == 4 && junit.output.contains("failures=\"1\""))
  }

  /// - Returns: the folder of the run's results.
  private func run(_ program: ProgramUnderTest, _ overrides: String...) throws -> String {
    struct Summary: Decodable { let results: String }
    let arguments = ["run", "experiments/tiny.yaml", "--json"] + overrides
    let outcome = try program.start(arguments).finish()
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8)).results
  }

  @Test(arguments: [
    (["compare", "a"], 2, "compare needs two sides or more"),
    (["results", "--transpose", "--json"], 2, "--transpose: JSON names rows and columns"),
    (["results", "--pivot", "rows=a,value=b"], 2, "--pivot needs the long table"),
    (["explain"], 2, "Missing expected argument"),
    (["lineage", "x", "--depth", "0"], 2, "--depth 0: at least 1"),
    (["expect"], 8, "no run is stored here"),
  ])
  func wrongUsageIsExplained(_ arguments: [String], _ status: Int32, _ message: String) throws {
    let program = try ProgramUnderTest()
    let outcome = try program.start(arguments).finish()
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}

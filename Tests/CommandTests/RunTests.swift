import Foundation
import Testing

struct RunTests {
  private struct Summary: Decodable {
    let instances: Int
    let executed: Int
    let cached: Int
    let results: String
    let exit_code: Int
  }

  private func summary(_ outcome: ProgramUnderTest.Outcome) throws -> Summary {
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
  }

  /// Everything that a run stores, except `run.json` and the report with its times, by path.
  private func stored(below folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where !path.hasSuffix("run.json") && !path.hasSuffix("report.html") {
      files[path] = FileManager.default.contents(atPath: "\(folder)/\(path)")
    }
    return files
  }

  @Test func theSecondRunExecutesNothing() throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    let first = try summary(program.run("run", "experiments/tiny.yaml", "--json", "--quiet"))
    #expect(first.executed == first.instances)
    let second = try summary(program.run("run", "experiments/tiny.yaml", "--json", "--quiet"))
    #expect(second.executed == 0 && second.cached == first.instances)
    #expect(try stored(below: first.results) == stored(below: second.results))
    let plan = try program.run("plan", "experiments/tiny.yaml", "--exit-code")
    #expect(plan.status == 0 && plan.output == "8 stages: 8 cached\n")
  }

  @Test func resultsDoNotDependOnJobs() throws {
    let one = try ProgramUnderTest()
    let two = try ProgramUnderTest()
    var results: [[String: Data]] = []
    for (program, jobs) in [(one, "1"), (two, "2")] {
      try program.write(tinySpec, to: "experiments/tiny.yaml")
      let outcome = try program.run(
        "run", "experiments/tiny.yaml", "--json", "--quiet", "--jobs", jobs)
      results.append(try stored(below: summary(outcome).results))
    }
    #expect(results[0] == results[1])
    #expect(results[0].keys.contains("tables/asr.csv"))
  }

  @Test func otherTestOpacitiesRetrainNothing() throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    _ = try summary(program.run("run", "experiments/tiny.yaml", "--json", "--quiet"))
    let plan = try program.run("plan", "experiments/tiny.yaml", "tests=[0.2]")
    #expect(
      plan.output == """
        run      attack[train=clean]: intensities was [0.5,1.0], now [0.2] from command line
        run      attack[train=strong]: intensities was [0.5,1.0], now [0.2] from command line
        8 stages: 6 cached, 2 run

        """)
    let again = try summary(
      program.run("run", "experiments/tiny.yaml", "tests=[0.2]", "--json", "--quiet"))
    #expect(again.executed == 2)
  }

  @Test func aClaimThatDoesNotHoldEndsWithFour() throws {
    let program = try ProgramUnderTest()
    let spec = tinySpec.replacing("at_most: 1", with: "at_most: -1")
    try program.write(spec, to: "experiments/tiny.yaml")
    #expect(try program.run("run", "experiments/tiny.yaml").status == 4)
    #expect(try program.run("run", "experiments/tiny.yaml", "--expect", "warn").status == 0)
  }

  @Test func aKilledRunGoesOnWhereItWas() throws {
    let undisturbed = try ProgramUnderTest()
    try undisturbed.write(tinySpec, to: "experiments/tiny.yaml")
    let expected = try summary(
      undisturbed.run("run", "experiments/tiny.yaml", "--json", "--quiet"))

    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    let killed = try program.start(["run", "experiments/tiny.yaml", "--jobs", "1", "--no-progress"])
    // The first result that is kept.
    let artifacts = program.folder.appending(path: ".pipeline/cas").path
    while (try? FileManager.default.contentsOfDirectory(atPath: artifacts))?.isEmpty ?? true {
      sched_yield()
    }
    killed.kill()
    #expect(killed.finish().status == SIGKILL)
    let resumed = try summary(program.run("run", "experiments/tiny.yaml", "--json", "--quiet"))
    #expect(try stored(below: resumed.results) == stored(below: expected.results))
  }

  @Test func aDamagedArtifactIsComputedAgain() throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    let first = try summary(program.run("run", "experiments/tiny.yaml", "--json", "--quiet"))
    let store = program.folder.appending(path: ".pipeline/cas")
    for path in try FileManager.default.subpathsOfDirectory(atPath: store.path) {
      let file = store.appending(path: path)
      guard var data = try? Data(contentsOf: file), !data.isEmpty else { continue }
      data[data.count / 2] ^= 1
      try FileManager.default.removeItem(at: file)
      try data.write(to: file)
    }
    // Another test opacity makes the run read the models and images again.
    let again = try program.run("run", "experiments/tiny.yaml", "tests=[1.0]", "--json")
    #expect(try summary(again).executed > 0)
    #expect(again.errors.contains("was altered"))
    let restored = try summary(program.run("run", "experiments/tiny.yaml", "--json", "--quiet"))
    #expect(try stored(below: restored.results) == stored(below: first.results))
  }
}

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
        "parameter.intensities[0]: 0.5 -> 0.25 (command line)"))
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

  private static let scripted = """
    version: 1
    name: scripted
    stages:
      note: {uses: text.write, with: {text: hello}}
    """

  /// Wherever in a project a run was started, it is judged, run again and found from elsewhere.
  @Test func aRunIsFoundFromEveryFolderOfItsProject() throws {
    let program = try ProgramUnderTest()
    try program.write(Self.scripted, to: "experiments/scripted.yaml")
    try program.write("", to: "notes/empty.txt")
    let begun = try program.run("-C", "experiments", "run", "scripted.yaml", "--name", "one")
    #expect(begun.status == 0, "\(begun.errors)")
    for folder in [".", "notes", "experiments"] {
      let judged = try program.run("expect", "one", "-C", folder)
      #expect(judged.status == 0, "\(judged.errors)")
      #expect(judged.output == "the specification makes no claim\n")
      let verified = try program.run("--quiet", "-C", folder, "verify", "scripted/one")
      #expect(verified.status == 0, "\(verified.errors)")
    }
    let again = try program.run("run", "experiments/scripted.yaml", "--name", "one")
    #expect(again.output.contains("1 stage: 0 executed, 1 cached"), "\(again.output)")
    for arguments in [["results", "one"], ["status", "one"], ["status", "scripted/one"]] {
      let outcome = try program.start(arguments).finish()
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    }
    let empty = try program.run("results", "one")
    #expect(empty.output.isEmpty && empty.errors.contains("stores no table"))
    let log = try program.run("logs", "one", "note", "--json")
    #expect(log.output.contains("\"instance\":\"note\""), "\(log.errors)")
  }

  @Test func theReportIsShownOnTheDesktop() throws {
    let program = try ProgramUnderTest()
    try program.write(Self.scripted, to: "experiments/scripted.yaml")
    #expect(try program.run("run", "experiments/scripted.yaml").status == 0)
    try program.write("#!/bin/sh\necho \"shown $1\"\n", to: "bin/xdg-open")
    let opener = program.folder.appending(path: "bin/xdg-open").path
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: opener)
    let path = ["PATH": "\(program.folder.path)/bin:/usr/bin:/bin"]
    let shown = try program.run("report", "--output", "r.html", "--open", environment: path)
    #expect(shown.status == 0 && shown.errors == "shown r.html\n", "\(shown.errors)")
    #expect(try program.run("report", "--output", "-", "--open").status == 2)
  }

  @Test func stagesAndSpecificationsAreShown() throws {
    let program = try ProgramUnderTest()
    try program.write(Self.scripted, to: "experiments/scripted.yaml")
    let list = try program.run("stages", "list")
    #expect(try list.status == 0 && list.output == program.run("stages").output)
    let one = try program.run("stages", "show", "text.write")
    #expect(try one.status == 0 && one.output == program.run("stages", "text.write").output)
    #expect(try program.run("stages", "docs").output.contains("## `text.write`"))
    let resolved = try program.run(
      "show", "experiments/scripted.yaml", "--resolved", "--origins")
    #expect(
      resolved.output.contains(
        "stages.note.with.text = \"hello\"  # experiments/scripted.yaml:4"),
      "\(resolved.output)\(resolved.errors)")
    let json = try program.run("show", "experiments/scripted.yaml", "--origins", "--json")
    #expect(json.output.contains("\"stages.note.with.text\":\"experiments/scripted.yaml:4\""))
    let schema = try program.run("show", "experiments/scripted.yaml", "--schema-of", "note")
    #expect(schema.status == 0 && schema.output.contains("\"title\": \"text.write\""))
    #expect(try program.run("run", "experiments/scripted.yaml").status == 0)
    let plan = try program.run("plan", "experiments/scripted.yaml", "--no-cache")
    #expect(plan.output == "run      note: forced\n1 stage: 1 run\n")
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

import Foundation
import Testing

struct CheckTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/specs")

  private func fixture(_ name: String) throws -> String {
    try String(contentsOf: Self.fixtures.appending(path: name), encoding: .utf8)
  }

  @Test func twentyMistakesAreTwentyMessages() throws {
    let program = try ProgramUnderTest()
    try program.write(fixture("twenty-mistakes.yaml"), to: "twenty-mistakes.yaml")
    let outcome = try program.run("check", "twenty-mistakes.yaml")
    #expect(outcome.status == 3)
    #expect(outcome.errors == (try fixture("twenty-mistakes.txt")))
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("twenty-mistakes.yaml:") } == 20)
    #expect(lines.count { $0.hasPrefix("  fix: ") } == 20)
    let annotated = try program.run("check", "twenty-mistakes.yaml", "--format", "github")
    #expect(annotated.output.split(separator: "\n").count == 20)
    #expect(
      annotated.output.hasPrefix(
        "::error file=twenty-mistakes.yaml,line=4,col=1,title=unknown key 'titel' in the "),
      "\(annotated.output)")
  }

  /// Whatever is wrong in one section, the others are checked, and nothing is said that follows from
  /// another mistake: the lines of the reports are the marked ones, each once.
  @Test func allMistakesAreReportedTogether() throws {
    let program = try ProgramUnderTest()
    let name = "all-mistakes.yaml"
    let text = try fixture(name)
    try program.write(text, to: name)
    let marked = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { $0.element.contains("#! ") }.map { $0.offset + 1 }
    #expect(marked.count >= 45)
    let outcome = try program.run("check", name)
    #expect(outcome.status == 3)
    let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("\(name):") }
      .compactMap { $0.split(separator: ":").dropFirst().first.flatMap { Int($0) } }
    #expect(lines == marked, "\(outcome.errors)")
    #expect(outcome.errors == (try fixture("all-mistakes.txt")))
  }

  private static let fine = """
    version: 1
    name: fine
    params: {size: 200}
    axes: {seed: [1, 2], kind: [a, b]}
    stages:
      data: {uses: dataset.images, with: {prefer: [objects10], train: 100, test: "${size}"}}
      trigger: {uses: backdoor.trigger, inputs: {images: data.test}}
      model:
        uses: train.classifier
        matrix: [seed, kind]
        inputs: {train: data.train, test: data.test}
        with: {seed: "${matrix.seed}"}
      attack:
        uses: backdoor.eval
        matrix: [seed, kind]
        inputs: {model: model.model, trigger: trigger.trigger, test: data.test}
        with: {intensities: [1.0], limit: 1000}
    tables:
      asr: {from: attack.asr, rows: kind, value: [asr, poisoned], over: seed, format: {scale: 100}}
    expect:
      - {id: a, value: "CELL", within: {abs: TOLERANCE}, paper: {value: 90}}

    """

  /// The size of the test set bounds the number of trials: two seeds of 200 images each move their
  /// mean by a quarter of a point.
  @Test(arguments: [
    ("asr[kind=a].asr", "0.2", [], "0.25", 400), ("max(asr.asr)", "0.2", [], "0.25", 400),
    ("asr[kind=a].asr", "0.25", [], "", 0), ("asr[kind=a].asr", "0.2", ["size=400"], "", 0),
    ("asr[kind=a].asr", "0.2", ["size=2000"], "", 0),
    ("asr[kind=a].asr", "0.04", ["size=2000"], "0.05", 2000),
    ("asr[kind=a].poisoned", "0.01", [], "", 0),
  ])
  func aToleranceBelowOneTrialIsRefused(
    _ cell: String, _ tolerance: String, _ overrides: [String], _ trial: String, _ trials: Int
  ) throws {
    let program = try ProgramUnderTest()
    try program.write(
      Self.fine.replacing("CELL", with: cell).replacing("TOLERANCE", with: tolerance),
      to: "experiments/fine.yaml")
    let outcome = try program.start(["plan", "experiments/fine.yaml", "--limit", "0"] + overrides)
      .finish()
    #expect(outcome.status == (trial.isEmpty ? 0 : 3), "\(outcome.errors)")
    if trial.isEmpty { return }
    let message = """
      error: claim 'a': the tolerance \(tolerance) is finer than one trial, which is \(trial)
      """
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(
      outcome.errors.contains(
        "  \(cell) is a proportion of at most \(trials) trials\n  fix: allow at least \(trial), "),
      "\(outcome.errors)")
    #expect(try program.run("check", "experiments/fine.yaml").status == 3)
  }

  @Test func severalFilesAndProfiles() throws {
    let program = try ProgramUnderTest()
    try program.write(FlagsTests.spec, to: "good.yaml")
    try program.write(
      FlagsTests.spec.replacing("wait: 0}", with: "wait: 0, idle: 1}"), to: "warned.yaml")
    try program.write(FlagsTests.spec.replacing("k: [1, 2]", with: "k: []"), to: "bad.yaml")
    let outcome = try program.run("check", "good.yaml", "warned.yaml")
    #expect(outcome.status == 0)
    #expect(
      outcome.output == """
        good.yaml: ok (stages by profile: smoke 4, default 6)
        warned.yaml: ok (stages by profile: smoke 4, default 6), 1 warning

        """)
    #expect(
      outcome.errors.hasPrefix(
        "warned.yaml:3:45: warning: nothing uses the parameter 'idle'\n"), "\(outcome.errors)")
    let mixed = try program.run("check", "good.yaml", "bad.yaml", "--profile", "smoke")
    #expect(mixed.status == 3)
    #expect(mixed.output == "good.yaml: ok (stages by profile: smoke 4)\n")
    #expect(mixed.errors.contains("bad.yaml:4:11: error: axis 'k' has no values"))
    let json = try program.run("check", "good.yaml", "bad.yaml", "--format", "json")
    #expect(json.output.contains("\"file\":\"bad.yaml\""))
    #expect(json.output.contains("\"valid\":false"))
    let unknown = try program.run("check", "good.yaml", "--profile", "smoek")
    #expect(unknown.errors.contains("fix: did you mean 'smoke'?"), "\(unknown.errors)")
  }

  private struct Refusal: Decodable {
    struct Diagnostic: Decodable {
      let file: String
      let line: Int
      let what: String
      let fix: String
    }
    let exit_code: Int
    let diagnostics: [Diagnostic]
  }

  /// One JSON document on standard output, whatever becomes of it.
  @Test(arguments: [
    ["run"], ["run", "--dry-run"], ["plan"], ["show"], ["graph"], ["verify"], ["sweep"],
  ])
  func whatIsWrongIsSaidAsJSON(verb: [String]) throws {
    let program = try ProgramUnderTest()
    try program.write(FlagsTests.spec.replacing("shell", with: "shel"), to: "bad.yaml")
    let arguments = [verb[0], "bad.yaml"] + verb.dropFirst() + ["--json"]
    let outcome = try program.start(arguments + (verb == ["sweep"] ? ["x=1,2"] : [])).finish()
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("error: there is no stage type 'shel'"))
    let refusal = try JSONDecoder().decode(Refusal.self, from: Data(outcome.output.utf8))
    #expect(refusal.exit_code == 3 && refusal.diagnostics.count == 3)
    let first = try #require(refusal.diagnostics.first)
    #expect(first.file == "bad.yaml" && first.line == 7)
    #expect(first.what == "there is no stage type 'shel'" && first.fix == "did you mean 'shell'?")
  }

  @Test func aNewSpecificationIsNamedAsJSON() throws {
    let outcome = try ProgramUnderTest().run("new", "my own.yaml", "--json")
    #expect(outcome.output == #"{"experiment":"my_own","written":"my own.yaml"}"# + "\n")
    let said = try ProgramUnderTest().run("new", "my own.yaml")
    #expect(said.output.hasSuffix("run it with: pipeline run 'my own.yaml'\n"))
  }

  /// What users are given to run holds no slip.
  @Test func theExperimentsHaveNoWarningsButForData() throws {
    let folder = Self.fixtures.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let program = try ProgramUnderTest()
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "experiments").path)
    for name in names where name.hasSuffix(".yaml") {
      let outcome = try program.run("check", folder.appending(path: "experiments/\(name)").path)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let slips = ["nothing uses", "no stage varies", "nobody reads"]
      #expect(!slips.contains { outcome.errors.contains($0) }, "\(name): \(outcome.errors)")
    }
  }
}

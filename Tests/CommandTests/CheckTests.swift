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

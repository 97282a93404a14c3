import Foundation
import Testing

/// Results of every stage type, as they were when they were last meant to change.
struct GoldenTests {
  @Test func everyStageGivesTheResultsItWasReleasedWith() throws {
    let outcome = try ProgramUnderTest().run("verify", "--golden")
    #expect(outcome.status == 0, "\(outcome.output): raise a version and run 'make golden'")
    #expect(outcome.output.hasSuffix(" outputs compared\n"))
  }

  @Test func aRunMayAskForItFirst() throws {
    let program = try ProgramUnderTest()
    try program.write(
      """
      version: 1
      name: g
      stages: {word: {uses: shell, with: {run: "echo hello > $OUT_text", outputs: {text: text}}}}
      """, to: "experiments/g.yaml")
    let outcome = try program.run("run", "experiments/g.yaml", "--check-golden")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}

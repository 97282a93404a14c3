import Foundation
import Testing

/// A run that would change nothing shows what the last one showed, and writes nothing.
struct RepetitionTests {
  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
  }

  private var runs: [String] {
    let folder = program.folder.appending(path: "results/tiny").path
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0 != "latest" }
  }

  @Test func tablesVerdictsAndExitCodeAreThoseOfTheLastRun() throws {
    let spec = tinySpec.replacing("at_most: 1", with: "at_most: -1")
    try program.write(spec, to: "experiments/tiny.yaml")
    let first = try program.run("run", "experiments/tiny.yaml")
    let again = try program.run("run", "experiments/tiny.yaml", "--jobs", "1")
    #expect(first.status == 4 && again.status == 4)
    let before = first.output.split(separator: "\n").dropLast(2)
    let now = again.output.split(separator: "\n")
    #expect(!before.isEmpty && before == now.dropLast(2))
    #expect(now.dropLast().last == "8 stages: 0 executed, 8 cached")
    #expect(now.last?.hasSuffix("(nothing changed, nothing written)") == true)
    #expect(runs.count == 1)
    // Judging is done again.
    #expect(try program.run("run", "experiments/tiny.yaml", "--expect=warn").status == 0)
    #expect(try program.run("run", "experiments/tiny.yaml", "-q").output == first.claims)
    #expect(runs.count == 1)
  }

  @Test func moreThanTablesIsTheLongWay() throws {
    _ = try program.run("run", "experiments/tiny.yaml")
    let outcome = try program.run("run", "experiments/tiny.yaml", "--label", "again")
    #expect(outcome.status == 0 && !outcome.output.contains("nothing changed"))
    #expect(runs.count == 2)
  }
}

extension ProgramUnderTest.Outcome {
  /// What is printed behind the tables and before the last two lines.
  fileprivate var claims: String {
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    let start = lines.firstIndex { $0.contains("Without poison") } ?? 0
    return lines[start...].dropLast(3).map { $0 + "\n" }.joined()
  }
}

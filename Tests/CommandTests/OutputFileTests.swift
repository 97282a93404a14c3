import Foundation
import Testing

/// Where what a command writes goes, and what becomes of it when it cannot be written.
struct OutputFileTests {
  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
    try program.write(
      """
      version: 1
      name: note
      params: {x: {default: 1, max: 5}}
      stages: {note: {uses: text.write, with: {text: "note ${x}"}}}

      """, to: "experiments/note.yaml")
  }

  /// A link leads to the file, and stays a link.
  @Test func whatIsNoPlainFileIsWrittenTo() throws {
    try program.write("old", to: "real.xml")
    let link = program.folder.appending(path: "link.xml").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real.xml")
    let outcome = try program.run("run", "experiments/note.yaml", "--junit", "link.xml")
    #expect(outcome.status == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real.xml")
    let text = String(decoding: try program.data("real.xml"), as: UTF8.self)
    #expect(text.hasPrefix("<?xml") && text.hasSuffix("</testsuites>\n"))
  }

  @Test func eventsThatDoNotFitAreSaid() throws {
    let outcome = try program.run("run", "experiments/note.yaml", "--events", "/dev/full")
    #expect(outcome.status == 8)
    #expect(
      outcome.errors.hasSuffix(
        """
        error: /dev/full: events cannot be written: No space left on device
          some of them are missing
          fix: free some space, or send them elsewhere with --events

        """))
  }

  @Test(arguments: [["schema"], ["run", "experiments/note.yaml"], ["stages"]])
  func standardOutputThatIsFullIsSaid(_ words: [String]) throws {
    let outcome = try RunningProgram(
      URL(filePath: "/bin/sh"),
      ["-c", "exec \"$@\" > /dev/full", "sh", ProgramUnderTest.executable.path] + words,
      folder: program.folder, environment: [:]
    ).finish()
    #expect(outcome.status == 8)
    #expect(
      outcome.errors.hasSuffix(
        """
        error: standard output: it cannot be written: No space left on device
          what stands there is not whole
          fix: free some space, or send it elsewhere

        """))
  }

  @Test func aSpecificationThatIsRefusedLeavesNoOldReports() throws {
    #expect(try program.run("run", "experiments/note.yaml", "--ci").status == 0)
    #expect(try program.run("run", "experiments/note.yaml", "x=6", "--ci").status == 3)
    func text(_ name: String) throws -> String {
      String(decoding: try program.data("pipeline-ci/" + name), as: UTF8.self)
    }
    let suite = "<testsuite name=\"specification\" tests=\"1\" failures=\"1\""
    #expect(try text("junit.xml").contains(suite))
    #expect(try text("summary.md").contains("**invalid**: nothing ran."))
    let events = try text("events.ndjson")
    #expect(events.contains("\"exit_code\":3") && !events.contains("began"))
  }
}

import ArgumentParser
import Foundation
import Pipeline

/// Files that a run writes for other programs.
struct ReportOptions: ParsableArguments {
  @Flag(
    help: """
      For continuous integration: JUnit, Markdown summary and events in the folder pipeline-ci, \
      annotations on standard output, no progress bars.
      """)
  var ci = false

  @Option(
    help: ArgumentHelp("Write stages and claims as JUnit test cases.", valueName: "file"),
    completion: .file())
  var junit: String?

  @Option(help: ArgumentHelp("Write a Markdown summary.", valueName: "file"), completion: .file())
  var summary: String?

  @Option(
    help: ArgumentHelp(
      "Write every event as a line of JSON; - is standard output.", valueName: "file"),
    completion: .file())
  var events: String?

  static let folder = "pipeline-ci"

  var junitFile: String? { junit ?? (ci ? Self.folder + "/junit.xml" : nil) }

  var eventFile: String? { events ?? (ci ? Self.folder + "/events.ndjson" : nil) }

  /// Whether standard output belongs to the events.
  var streamsEvents: Bool { events == "-" }

  /// Opens the event stream, if one is wanted.
  func openEvents() throws -> EventStream? { try eventFile.map(EventStream.init) }

  /// Writes all files for a run that could not begin: those of an earlier one must not pass for its
  /// own.
  func write(
    refusal diagnostics: [Diagnostic], of file: String, _ surroundings: CISurroundings
  ) throws {
    let cases = diagnostics.map { diagnostic in
      JUnitDocument.Case(
        diagnostic.what, group: "specification", location: diagnostic.location,
        outcome: .failed(
          kind: "specification", message: diagnostic.what,
          detail: DiagnosticRenderer().render(diagnostic)))
    }
    if let junitFile {
      try OutputFile(junitFile).write(
        JUnitDocument(file, [JUnitDocument.Suite("specification", cases)]).text)
    }
    try write(
      summary: {
        "# \(file)\n\n**invalid**: nothing ran.\n\n"
          + diagnostics.map { "- \($0.location?.shortText ?? file): \($0.what)\n" }.joined()
      }, surroundings)
    let events = try openEvents()
    events?.write(
      .map([
        "event": .string("finished"),
        "exit_code": .int(Int(ExitStatus.invalidSpecification.rawValue)),
      ]))
    try events?.finish()
  }

  /// Writes the Markdown summary to where it is wanted: `--summary`, else with `--ci` behind what
  /// other steps wrote into the CI system's own file, else into the folder.
  func write(summary text: () -> String, _ surroundings: CISurroundings) throws {
    if let summary {
      try OutputFile(summary).write(text())
    } else if ci, let file = surroundings.summaryFile {
      try OutputFile(file).append(surroundings.fitted(text()))
    } else if ci {
      try OutputFile(Self.folder + "/summary.md").write(text())
    }
  }
}

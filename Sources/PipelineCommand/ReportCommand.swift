import ArgumentParser
import Foundation
import Pipeline

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a stored run as one HTML page that needs nothing else.")

  @Argument(
    help: ArgumentHelp(
      "A stored run, named as for 'results' (default: the newest of all).", valueName: "run"))
  var subject: String?

  @Option(
    help: ArgumentHelp(
      "File to write; - is standard output (default: report.html in the run's folder).",
      valueName: "file"))
  var output: String?

  @Option(
    name: .customLong("max-size"),
    help: ArgumentHelp(
      "Most bytes of the page; figures and details shrink to fit (default: 5MB).",
      valueName: "size"))
  var maxSize: ByteCount?

  @Option(help: "Figures of pixels: all, thumbs (small copies), or none.")
  var embed: RunPage.Embedding = .all

  @Option(
    help: ArgumentHelp("Folder of stored results (default: results).", valueName: "dir"))
  var results: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let root = results.map { URL(filePath: $0) } ?? project.root.appending(path: "results")
    let stored = try ResultsRoot(root).open(subject)
    let page = try RunPage(stored).html(
      maxBytes: maxSize?.bytes ?? RunPage.defaultLimit, embed: embed)
    if output == "-" {
      print(page, terminator: "")
      return
    }
    let path = output ?? stored.url.appending(path: "report.html").path
    try OutputFile(path).write(page)
    if global.json {
      let fields: [String: Value] = [
        "run": .string(stored.run), "report": .string(path), "bytes": .int(page.utf8.count),
      ]
      print(Value.map(fields).canonicalJSON)
    } else if !global.quiet {
      print("report: \(path)")
    }
  }
}

extension RunPage.Embedding: ExpressibleByArgument {}

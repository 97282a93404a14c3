import ArgumentParser
import Foundation
import Pipeline

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a stored run as one HTML page that needs nothing else.")

  @Argument(
    help: ArgumentHelp(
      "A stored run, named as for 'results' (default: the newest of all).", valueName: "run"),
    completion: .runs)
  var subject: String?

  @Option(
    help: ArgumentHelp(
      "File to write; - is standard output (default: report.html in the run's folder).",
      valueName: "file"), completion: .file())
  var output: String?

  @Option(
    name: .customLong("max-size"),
    help: ArgumentHelp(
      "Most bytes of the page; figures and details shrink to fit (default: 5MB).",
      valueName: "size"))
  var maxSize: ByteCount?

  @Option(help: "Figures of pixels: all, thumbs (small copies), or none.")
  var embed: RunPage.Embedding = .all

  @Flag(help: "Show it in the browser of this desktop.")
  var open = false

  @OptionGroup var results: ResultsOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if open, output == "-" { throw ValidationError("--open shows a file; give --output FILE") }
  }

  func run() throws {
    let project = try global.makeProject()
    let stored = try results.root(project).open(subject)
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
    if open { try show(path) }
  }

  /// Hands the page to the desktop, which knows the browser.
  private func show(_ path: String) throws {
    let status = try ExternalTool(["xdg-open", path]).run()
    guard status == 0 else {
      throw StageFailure(
        .environment, at: "--open", "xdg-open ended with status \(status)",
        why: "it is what opens files on a desktop", fix: "open \(path) in a browser")
    }
  }
}

extension RunPage.Embedding: ExpressibleByArgument {}

import ArgumentParser
import Pipeline
import Stages

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Says which stages would run, and why.")

  @OptionGroup var spec: SpecOptions
  @OptionGroup var forced: ForceOptions
  @OptionGroup var global: GlobalOptions

  @Flag(name: .customLong("exit-code"), help: "End with 5 when there is something to run.")
  var asksExitCode = false

  @Option(help: "Most stages to list.")
  var limit = 100

  func run() throws {
    let project = try global.makeProject()
    let graph = try spec.resolve(project.registry).graph
    let report = try PlanReport(graph, project: project, forced: forced)
    try report.print(as: global, limit: max(0, limit))
    if asksExitCode, report.hasWork { throw Exit(status: .difference) }
  }
}

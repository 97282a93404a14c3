import ArgumentParser
import Pipeline
import Stages

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Says which stages would run, and why.")

  @OptionGroup var spec: SpecOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var global: GlobalOptions

  @Option(
    help: ArgumentHelp(
      "Explain these instances in full, back to the first cause.", valueName: "sel"),
    completion: .stages)
  var why: [String] = []

  @Flag(help: "Show which stage needs which, with the states of their instances.")
  var tree = false

  @Flag(name: .customLong("exit-code"), help: "End with 5 when there is something to run.")
  var asksExitCode = false

  @Flag(name: .customLong("no-cache"), help: "As if nothing were stored.")
  var ignoresStored = false

  @Option(help: "Most stages to list.")
  var limit = 100

  func validate() throws {
    if tree, !why.isEmpty { throw ValidationError("--tree and --why exclude each other") }
  }

  func run() throws {
    let project = try global.makeProject()
    let graph = try spec.resolve(project.registry).graph
    let forced = try selection.forced(in: graph)
    let report = try PlanReport(
      graph, project: project, selection: selection,
      forced: ignoresStored ? Set(graph.instances.indices) : forced)
    if !why.isEmpty {
      try PlanExplanation(report).print(try explained(in: graph), as: global)
    } else if tree {
      PlanTree(report).print(as: global)
    } else {
      try report.print(as: global, limit: max(0, limit))
    }
    if asksExitCode, report.hasWork { throw Exit(status: .difference) }
  }

  private func explained(in graph: Graph) throws -> [Int] {
    try InstanceSelector.indices(of: why, in: graph, option: "--why").sorted()
  }
}

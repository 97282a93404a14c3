import ArgumentParser
import Foundation
import Pipeline

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draws the stages of a specification or of a stored run, and what they read.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, svg, dot, mermaid, json
  }

  @Argument(
    help: ArgumentHelp(
      "A specification file, or a stored run, named as for 'results' (default: the newest run).",
      valueName: "spec|run"), completion: .runs(orFiles: ["yaml", "yml"]))
  var subject: String?

  @Argument(
    help: ArgumentHelp("Changed parameters of a specification.", valueName: "name=value"))
  var overrides: [String] = []

  @OptionGroup var changes: ChangeOptions

  @Option(help: "Form of the graph.")
  var format: Format = .text

  @Option(
    help: ArgumentHelp(
      "Draw each instance of this stage; may be given several times.", valueName: "stage"),
    completion: .stages)
  var expand: [String] = []

  @Flag(help: "Say of a specification what a run would do; a stored run always shows its states.")
  var status = false

  @Option(
    help: ArgumentHelp("File to write (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var results: ResultsOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let (graph, title) = try isSpecification ? specified(project) : stored(project)
    let text = text(of: graph, title: title)
    if let output, output != "-" {
      try OutputFile(output).write(text)
      if !global.quiet { print("graph: \(output)") }
    } else {
      print(text, terminator: "")
    }
  }

  /// A file that is no folder; runs are folders or names.
  private var isSpecification: Bool {
    guard let subject else { return false }
    if subject.hasSuffix(".yaml") || subject.hasSuffix(".yml") { return true }
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: subject, isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  private func specified(_ project: Project) throws -> (StageGraph, title: String) {
    let graph = try SpecLoader(registry: project.registry)
      .resolve(file: subject ?? "", try changes.changes(overrides)).graph
    var plan: Plan?
    if status {
      let workspace = Workspace(project.workspace)
      let store = workspace.exists ? try Store(readOnly: workspace) : nil
      plan = try Planner(store, dataFolders: project.dataFolders).plan(graph)
    }
    let title = "\(graph.experiment.name), profile \(graph.experiment.profile)"
    return (try StageGraph(graph, plan: plan, expanded: Set(expand)), title)
  }

  private func stored(_ project: Project) throws -> (StageGraph, title: String) {
    if !overrides.isEmpty || !changes.isEmpty {
      throw ValidationError("only a specification can be changed; a stored run is as it was")
    }
    let stored = try results.root(project).open(subject)
    let title = "\(stored.document.experiment.name), run \(stored.run)"
    return (try StageGraph(stored.document, expanded: Set(expand)), title)
  }

  private func text(of graph: StageGraph, title: String) -> String {
    switch format {
    case .json: graph.jsonValue.canonicalJSON + "\n"
    case .text where global.json: graph.jsonValue.canonicalJSON + "\n"
    case .text: graph.text
    case .svg: graph.svg(title: title)
    case .dot: graph.dot(title: title)
    case .mermaid: graph.mermaid
    }
  }
}

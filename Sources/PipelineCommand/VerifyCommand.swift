import ArgumentParser
import Foundation
import Pipeline
import Stages

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Runs stages again with other numbers of lanes and compares what comes out.",
    discussion: """
      Each stage runs on its stored inputs, in a scratch folder; the store is only read. What comes \
      out is compared with the stored result, byte by byte; where nothing is stored, with the first \
      of the runs. Ends with 7 when a stage gave other bytes, and with 1 when one failed.
      """)

  @Argument(
    help: ArgumentHelp(
      "A specification, or a stored run as 'results' takes it (default: the newest).",
      valueName: "spec|run"), completion: .runs(orFiles: ["yaml", "yml"]))
  var target: String?

  @Argument(
    help: ArgumentHelp(
      "Changed parameters, as name=value, and stages: a name, stage[axis=label], or *.",
      valueName: "sel"), completion: .stages)
  var rest: [String] = []

  @OptionGroup var changes: ChangeOptions

  @Option(help: "Runs of each stage with each number of lanes.")
  var times = 1

  @Option(help: "Numbers of lanes to run with, separated by commas.")
  var threads = "1,2"

  @Option(help: "Stages to run at once.")
  var jobs = 1

  @Option(help: ArgumentHelp("Time limit of each run (90s, 10m, 2h).", valueName: "duration"))
  var timeout: Seconds?

  @Flag(
    help: """
      Run every stage type on the embedded golden study instead, and compare with the hashes that \
      this version of the program was released with.
      """)
  var golden = false

  @Flag(
    name: .customLong("print-golden"),
    help: ArgumentHelp("Print the source file of the golden hashes.", visibility: .hidden))
  var printsGolden = false

  @OptionGroup var results: ResultsOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if !(1...1000).contains(times) { throw ValidationError("--times \(times): 1 to 1000") }
    if !(1...1024).contains(jobs) { throw ValidationError("--jobs \(jobs): 1 to 1024") }
    _ = try lanes
  }

  private var lanes: [Int] {
    get throws {
      let numbers = threads.split(separator: ",").compactMap { Int($0) }
      guard !numbers.isEmpty, numbers.count == threads.split(separator: ",").count,
        numbers.allSatisfy((1...1024).contains)
      else { throw ValidationError("--threads \(threads): numbers from 1 to 1024, such as 1,2") }
      return numbers
    }
  }

  func run() throws {
    let project = try global.makeProject()
    if golden || printsGolden { return try checkGolden(project) }
    let graph = try graph(project)
    let workspace = Workspace(project.workspace)
    guard workspace.exists else {
      throw StageFailure(
        .environment, at: project.workspace.path, "nothing is stored here yet",
        why: "stages are run again on their stored inputs",
        fix: "run it first: pipeline run \(graph.experiment.file)")
    }
    let store = try Store(readOnly: workspace)
    let plan = try Planner(store, dataFolders: project.dataFolders).plan(graph)
    var options = VerificationOptions()
    options.times = times
    options.lanes = try lanes
    options.jobs = jobs
    options.timeoutSeconds = timeout?.value
    options.memoryBytes = Host.usableMemoryBytes
    let verifier = Verifier(
      graph, plan: plan, store: store, options: options, dataFolders: project.dataFolders,
      process: project.makeExecutor(),
      compare: ArtifactDifference.text)
    let interrupts = Interrupts()
    let report = VerificationReport(graph, saysProgress: !global.json && !global.quiet)
    try verifier.run(
      try indices(in: graph),
      scratch: FileManager.default.temporaryDirectory
        .appending(path: "pipeline-verify-\(UUID().uuidString)"),
      cancellation: interrupts.cancellation
    ) { report.add($0, $1) }
    if global.json { print(report.jsonValue.canonicalJSON) }
    if !global.json && !global.quiet { print(report.summary) }
    if let status = interrupts.exitStatus { throw Exit(status: status) }
    if report.status != .ok { throw Exit(status: report.status) }
  }

  private func checkGolden(_ project: Project) throws {
    let check = try GoldenCheck(project)
    if printsGolden {
      print(GoldenStudy.source(replacing: check.found), terminator: "")
      return
    }
    if !global.quiet { print("\(check.text)\(check.found.count) outputs compared") }
    if !check.mismatches.isEmpty { throw Exit(status: .damaged) }
  }

  /// `name=value` but not `stage[axis=label]`.
  private static func isOverride(_ text: String) -> Bool {
    text.prefix { $0 != "=" && $0 != "[" }.count < text.count
      && text.first { $0 == "=" || $0 == "[" } == "="
  }

  private func graph(_ project: Project) throws -> Graph {
    let overrides = rest.filter(Self.isOverride)
    let loader = SpecLoader(registry: project.registry)
    if let target, target.hasSuffix(".yaml") || target.hasSuffix(".yml") {
      return try loader.resolve(file: target, try changes.changes(overrides)).graph
    }
    if !changes.isEmpty || !overrides.isEmpty {
      throw ValidationError("a stored run has its profile and parameters already")
    }
    let document = try results.root(project).open(target).document
    return try loader.resolve(
      file: project.specification(of: document),
      SpecChanges(
        profile: document.experiment.profile, overrides: document.provenance.overrides)
    ).graph
  }

  private func indices(in graph: Graph) throws -> [Int] {
    let selectors = rest.filter { !Self.isOverride($0) }
    if selectors.isEmpty { return Array(graph.instances.indices) }
    return try InstanceSelector.indices(of: selectors, in: graph).sorted()
  }
}

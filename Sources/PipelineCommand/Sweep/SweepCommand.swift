import ArgumentParser
import Foundation
import Pipeline
import Stages

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Runs an experiment for many values of its parameters.",
    discussion: """
      name=a,b gives a parameter several values; name=low..high, low..high:step and low..high:log \
      give it a range; name=value is the same in every trial. Trials are ordinary runs: a point \
      that was computed before costs nothing, and the same command goes on where it was stopped.
      """)

  @Argument(
    help: ArgumentHelp("Specification file.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Argument(help: ArgumentHelp("Parameters with their values.", valueName: "name=values"))
  var parameters: [String] = []

  @Option(help: "Profile of the specification.", completion: .profiles)
  var profile: String?

  @Option(
    name: .customLong("set-file"),
    help: ArgumentHelp("YAML file with parameter: value, for every trial.", valueName: "file"),
    completion: .file())
  var setFiles: [String] = []

  @Option(help: "grid: every combination; random: independent draws.")
  var strategy: Sweep.Strategy = .grid

  @Option(help: "Number of trials (default: the whole grid, or 20 draws).")
  var trials: Int?

  @Option(
    help: ArgumentHelp("Table cell to make large: 'max(asr.worst)'.", valueName: "cell"))
  var objective: String?

  @Option(help: "Whether a large or a small objective is good.")
  var direction: SweepReport.Direction = .max

  @Option(help: "Seed of the draws; the experiment's own seed is a parameter.")
  var seed = 1

  @Option(help: "Trials that run at the same time; they share --jobs and --memory.")
  var parallel = 1

  @Option(help: "Name of the sweep's folder (default: from what is swept).")
  var name: String?

  @OptionGroup var limits: LimitOptions
  @OptionGroup var cache: CacheOptions

  @Option(
    help: ArgumentHelp("Folder for stored results (default: results).", valueName: "dir"),
    completion: .directory)
  var output: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let trials, !(1...10_000).contains(trials) {
      throw ValidationError("--trials \(trials): 1 to 10000")
    }
    guard (1...64).contains(parallel) else {
      throw ValidationError("--parallel \(parallel): 1 to 64")
    }
    if let name, !NamingOptions.isName(name) {
      throw ValidationError("--name \(name): letters, digits, '.', '_' and '-', at most 64")
    }
  }

  func run() throws {
    try ChangeOptions.check(parameters)
    let project = try global.makeProject()
    let dimensions = try parameters.map { try SweepDimension(parsing: $0) }
    let sweep = try Sweep(
      strategy, dimensions.filter(\.varies), trials: trials, seed: strategy == .grid ? 0 : seed)
    var fixed = SpecChanges(
      profile: profile, overrides: dimensions.filter { !$0.varies }.map(\.text))
    fixed.setFiles = setFiles
    let trials = try SweepTrials(sweep, of: file, fixed: fixed, registry: project.registry)
    let expression = try objective.map { try SweepObjective.cell($0, in: trials.first.graph) }
    let experiment = trials.first.graph.experiment
    let root = output.map { URL(filePath: $0) } ?? project.root.appending(path: "results")
    let folder = SweepFolder(
      root.appending(path: experiment.name),
      name: name
        ?? sweep.name(in: [file, experiment.profile] + fixed.overrides + setFiles),
      experiment: experiment, fixed: fixed.overrides + setFiles)
    let status = try cache.withStore(of: project) { store in
      let runner = SweepRunner(
        trials: trials, objective: expression, direction: direction, project: project,
        store: store, options: options(in: folder), cache: cache, folder: folder,
        parallel: concurrency,
        note: { text in
          if global.level >= .info { Terminal.standardError.write(text + "\n") }
        })
      let outcome = try runner.run()
      show(outcome.report, folder)
      if let status = outcome.interruption {
        runner.note("stopped; the same command goes on where it was")
        return status
      }
      return outcome.report.count(.failed) > 0 ? .stagesFailed : .ok
    }
    if status != .ok { throw Exit(status: status) }
  }

  /// Trials at a time: each has at least one of the jobs.
  private var concurrency: Int { min(parallel, limits.runOptions.jobs) }

  /// What one trial may use, and what it is called in the history.
  private func options(in folder: SweepFolder) -> RunOptions {
    var options = limits.runOptions
    options.jobs /= concurrency
    options.memoryBytes /= concurrency
    options.labels.tags = folder.tags
    return options
  }

  private func show(_ report: SweepReport, _ folder: SweepFolder) {
    if global.json {
      print(report.jsonValue(folder.context).canonicalJSON)
      return
    }
    guard !global.quiet else { return }
    print(report.terminalText(), terminator: "")
    var counts = "\(report.trials.count) trials: \(report.count(.done)) done"
    if report.count(.failed) > 0 { counts += ", \(report.count(.failed)) failed" }
    print(counts)
    print("results: \(folder.url.path)")
  }
}

extension Sweep.Strategy: ExpressibleByArgument {}
extension SweepReport.Direction: ExpressibleByArgument {}

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

  @Argument(help: ArgumentHelp("Specification file.", valueName: "spec"))
  var file: String

  @Argument(help: ArgumentHelp("Parameters with their values.", valueName: "name=values"))
  var parameters: [String] = []

  @Option(help: "Profile of the specification.")
  var profile: String?

  @Option(
    name: .customLong("set-file"),
    help: ArgumentHelp("YAML file with parameter: value, for every trial.", valueName: "file"))
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
    help: ArgumentHelp("Folder for stored results (default: results).", valueName: "dir"))
  var output: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try ChangeOptions.check(parameters)
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
    let project = try global.makeProject()
    let dimensions = try parameters.map { try SweepDimension(parsing: $0) }
    let sweep = try Sweep(
      strategy, dimensions.filter(\.varies), trials: trials, seed: strategy == .grid ? 0 : seed)
    var fixed = SpecChanges(
      profile: profile, overrides: dimensions.filter { !$0.varies }.map(\.text))
    fixed.setFiles = setFiles
    let specs = try resolve(sweep, fixed, project.registry)
    let expression = try objective.map { try Self.cell($0, in: specs[0].graph) }
    let experiment = specs[0].graph.experiment
    let root = output.map { URL(filePath: $0) } ?? project.root.appending(path: "results")
    let folder = SweepFolder(
      root.appending(path: experiment.name),
      name: name
        ?? sweep.name(in: [file, experiment.profile] + fixed.overrides + setFiles))
    let status = try cache.withStore(of: project) { store in
      let runner = SweepRunner(
        sweep: sweep, specs: specs, objective: expression, direction: direction,
        project: project, store: store, options: options, folder: folder, parallel: parallel,
        note: { text in
          if global.level >= .info { Terminal.standardError.write(text + "\n") }
        })
      let outcome = try runner.run()
      show(outcome.report, folder, experiment)
      if let signal = outcome.signal {
        runner.note("stopped; the same command goes on where it was")
        return signal == SIGTERM ? ExitStatus.terminated : .interrupted
      }
      return outcome.report.count(.failed) > 0 ? .stagesFailed : .ok
    }
    if status != .ok { throw Exit(status: status) }
  }

  /// What one trial may use.
  private var options: RunOptions {
    var options = limits.runOptions
    options.jobs = max(1, options.jobs / parallel)
    options.memoryBytes /= parallel
    return options
  }

  /// The specification at every point; mistakes are found before anything runs.
  private func resolve(
    _ sweep: Sweep, _ fixed: SpecChanges, _ registry: StageRegistry
  ) throws -> [ResolvedSpec] {
    let loader = SpecLoader(registry: registry)
    return try sweep.points.indices.map { trial in
      var changes = fixed
      changes.overrides += sweep.overrides(of: trial)
      return try loader.resolve(file: file, changes)
    }
  }

  private static func cell(_ text: String, in graph: Graph) throws -> CellExpression {
    let place = SourceLocation(whole: SourceLocation.commandLine)
    let expression: CellExpression
    do { expression = try CellExpression(parsing: text) } catch {
      throw Diagnostic(
        at: place, "--objective '\(text)': \(error.message)",
        why: "cells are written table[axis=label].column, alone or in min, max, mean or range")
    }
    let names = graph.tables.map(\.name)
    guard names.contains(expression.view) else {
      throw Diagnostic(
        at: place, "--objective '\(text)': there is no table '\(expression.view)'",
        why: names.isEmpty
          ? "the specification has none" : "there are " + names.joined(separator: ", "),
        fix: nearestName(to: expression.view, in: names).map { "did you mean '\($0)'?" } ?? "")
    }
    return expression
  }

  private func show(_ report: SweepReport, _ folder: SweepFolder, _ experiment: Experiment) {
    if global.json {
      print(report.jsonValue(folder.context(experiment)).canonicalJSON)
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

import ArgumentParser
import Dispatch
import Foundation
import Pipeline
import Stages

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs an experiment, shows its tables and judges its claims.")

  enum Judgement: String, ExpressibleByArgument, CaseIterable { case on, warn, off }

  @OptionGroup var spec: SpecOptions
  @OptionGroup var forced: ForceOptions
  @OptionGroup var limits: LimitOptions
  @OptionGroup var global: GlobalOptions

  @Flag(name: .customLong("keep-going"), help: "After a failure, still run what does not need it.")
  var keepsGoing = false

  @Flag(name: .customLong("dry-run"), help: "Say what would run, and run nothing.")
  var isDryRun = false

  @Option(help: "on: a claim that does not hold fails the run; warn: it does not; off: no claims.")
  var expect: Judgement = .on

  @Flag(name: .customLong("strict"), help: "An inconclusive claim fails the run, too.")
  var isStrict = false

  @Option(help: "When results are forced to disk: after costly stages, or always.")
  var durability: Store.Durability = .automatic

  @Option(
    help: ArgumentHelp("Folder for stored results (default: results).", valueName: "dir"))
  var output: String?

  func run() throws {
    let project = try global.makeProject()
    let resolved = try spec.resolve(project.registry)
    if isDryRun {
      try PlanReport(resolved.graph, project: project, forced: forced).print(as: global)
      return
    }
    let origin = try RunOrigin(specification: spec.file, overrides: spec.overrides)
    let store = try Store(
      Workspace(project.workspace), durability: durability,
      crashPoint: CrashPoint(environment: ProcessInfo.processInfo.environment))
    let results = try complete(resolved.graph, project: project, store: store)
    for problem in results.report.problems {
      let renderer = DiagnosticRenderer(
        sources: resolved.sources, usesColor: global.colorsErrors)
      Terminal.standardError.write(renderer.render(problem) + "\n")
    }
    try conclude(results, project: project, origin: origin)
  }

  // MARK: Running

  /// Runs until everything that is to be shown is there: an artifact that turns out damaged when it
  /// is read at the end is computed again.
  private func complete(_ graph: Graph, project: Project, store: Store) throws -> RunResults {
    var forcedIndices = try forced.indices(in: graph)
    for _ in 1...3 {
      let (record, signal) = try execute(
        graph, forced: forcedIndices, project: project, store: store)
      reportFailures(of: record, in: graph)
      if record.wasCancelled {
        say("stopped; finished stages are kept, run again to go on")
        throw Exit(status: signal == SIGTERM ? .terminated : .interrupted)
      }
      do {
        return try RunResults(graph: graph, record: record, store: store)
      } catch StoreError.damagedArtifact {
        say("a stored artifact was altered since it was written: computing it again")
        forcedIndices = []
      }
    }
    throw StageFailure(
      .environment, at: store.workspace.root.path, "stored artifacts are altered again and again",
      why: "they were computed three times", fix: "examine the disk, or use --workspace elsewhere")
  }

  private func execute(
    _ graph: Graph, forced: Set<Int>, project: Project, store: Store
  ) throws -> (record: RunRecord, signal: Int32?) {
    let style: RunReporter.Style =
      global.quiet
      ? .silent
      : Terminal.standardError.isInteractive && !global.noProgress ? .bars : .lines
    let reporter = RunReporter(graph, style: style)
    let interrupts = Interrupts()
    var options = limits.runOptions
    options.keepsGoing = keepsGoing
    options.forced = forced
    let runner = Runner(
      graph, store: store, options: options, dataFolders: project.dataFolders,
      process: ProcessExecutor(
        executable: Program.path, environment: ProcessInfo.processInfo.environment,
        pinned: Registry.workerEnvironment))
    defer { reporter.finish() }
    let record = try runner.run(cancellation: interrupts.cancellation) { reporter.observe($0) }
    return (record, interrupts.lastSignal)
  }

  private func say(_ text: String) {
    if !global.quiet { Terminal.standardError.write(text + "\n") }
  }

  private func reportFailures(of record: RunRecord, in graph: Graph) {
    for (instance, ended) in zip(graph.instances, record.instances) {
      guard let failure = ended.failure else { continue }
      let place = "\(instance.location.file):\(instance.location.line)"
      var text = "\n\(place): error: \(instance.id) (\(instance.bound.type.kind)) failed\n"
      text += "  \(failure)\n"
      if !failure.logTail.isEmpty {
        text += "  last lines of its log, \(ended.logPath ?? ""):\n"
        for line in failure.logTail.suffix(10) { text += "  | \(line)\n" }
      }
      Terminal.standardError.write(text)
    }
  }

  // MARK: Results

  private func conclude(_ results: RunResults, project: Project, origin: RunOrigin) throws {
    let folder = try results.write(
      below: output.map { URL(filePath: $0) } ?? project.root.appending(path: "results"),
      origin: origin)
    let status = status(of: results)
    if global.json {
      print(summary(of: results, folder: folder, status: status).canonicalJSON)
    } else {
      print(text(of: results, folder: folder, status: status), terminator: "")
    }
    if status != .ok { throw Exit(status: status) }
  }

  /// Failed stages weigh more than views that cannot be made, these more than claims.
  private func status(of results: RunResults) -> ExitStatus {
    let stages = results.record.exitStatus
    if stages != .ok { return stages }
    if !results.report.problems.isEmpty { return .stagesFailed }
    let failsClaims = expect == .on && results.report.failsRun(isStrict: isStrict)
    return failsClaims ? .expectationFailed : .ok
  }

  private func text(of results: RunResults, folder: URL, status: ExitStatus) -> String {
    let style: PivotTable.Style = global.usesColor ? .ansi : .plain
    let claims = expect == .off ? "" : results.report.claimsText(style: style)
    if global.quiet { return status == .expectationFailed ? claims : "" }
    let record = results.record
    let cached = record.count(.cached) + record.count(.shared)
    var count = "\(record.instances.count) stages: \(record.count(.done)) executed, "
    count += "\(cached) cached"
    for (state, word) in [(InstanceState.failed, "failed"), (.skipped, "skipped")]
    where record.count(state) > 0 {
      count += ", \(record.count(state)) \(word)"
    }
    count += " in \(Duration.text(seconds: record.elapsedSeconds))\n"
    return results.report.tablesText(width: Terminal.standardOutput.width, style: style) + claims
      + count + "results: \(folder.path)\n"
  }

  private func summary(of results: RunResults, folder: URL, status: ExitStatus) -> Value {
    let record = results.record
    let fields: [String: Value] = [
      "experiment": .string(results.graph.experiment.name),
      "profile": .string(results.graph.experiment.profile), "run": .string(record.name),
      "instances": .int(record.instances.count), "executed": .int(record.count(.done)),
      "cached": .int(record.count(.cached) + record.count(.shared)),
      "failed": .int(record.count(.failed)), "skipped": .int(record.count(.skipped)),
      "elapsed_seconds": .double(record.elapsedSeconds), "results": .string(folder.path),
      "claims": .list(results.report.expectations.map(\.jsonValue)),
      "tables": .map(
        Dictionary(
          results.report.tables.map { ($0.name, $0.jsonValue) }, uniquingKeysWith: { $1 })),
      "exit_code": .int(Int(status.rawValue)),
    ]
    return .map(fields)
  }
}

/// What a run may use.
struct LimitOptions: ParsableArguments {
  @Option(help: "Cores that stages may use together (default: all).")
  var jobs: Int?

  @Option(help: ArgumentHelp("Memory that stages may use together.", valueName: "size"))
  var memory: ByteCount?

  @Option(help: "Retries of a stage, instead of its own number.")
  var retries: Int?

  @Option(help: ArgumentHelp("Time limit of each stage (90s, 10m, 2h).", valueName: "duration"))
  var timeout: Seconds?

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs \(jobs): 1 to 1024") }
    if let retries, !(0...100).contains(retries) {
      throw ValidationError("--retries \(retries): 0 to 100")
    }
  }

  var runOptions: RunOptions {
    var options = RunOptions()
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.memoryBytes =
      memory?.bytes ?? Int(ProcessInfo.processInfo.physicalMemory / 10 * 9)
    options.maxRetries = retries
    options.timeoutSeconds = timeout?.value
    return options
  }
}

extension Store.Durability: ExpressibleByArgument {}

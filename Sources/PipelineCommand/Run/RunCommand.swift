import ArgumentParser
import Foundation
import Pipeline
import Stages

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs an experiment, shows its tables and judges its claims.")

  @OptionGroup var request: RequestOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var cache: CacheOptions
  @OptionGroup var limits: LimitOptions
  @OptionGroup var judgement: JudgementOptions
  @OptionGroup var reports: ReportOptions
  @OptionGroup var naming: NamingOptions
  @OptionGroup var global: GlobalOptions

  @Flag(name: .customLong("dry-run"), help: "Say what would run, and run nothing.")
  var isDryRun = false

  @Flag(
    name: .customLong("check-golden"),
    help: "First check that the stage types used give the results they were released with.")
  var checksGolden = false

  @Option(
    help: ArgumentHelp("Folder for stored results (default: results).", valueName: "dir"),
    completion: .directory)
  var output: String?

  func validate() throws {
    if reports.streamsEvents, global.json {
      throw ValidationError("--events - and --json both want standard output; give one a file")
    }
  }

  func run() throws {
    let project = try global.makeProject()
    let repetition = Repetition(project: project)
    if let status = repetition?.replay(judgement, global) {
      if status != .ok { throw Exit(status: status) }
      return
    }
    let surroundings = CISurroundings()
    let specification = try request.specification(project)
    let resolved: ResolvedSpec
    do throws(SpecErrors) {
      resolved = try SpecLoader(registry: project.registry).resolve(
        file: specification.file, specification.changes)
    } catch {
      if reports.ci { announce(error.diagnostics.map(Annotation.init), surroundings) }
      try reports.write(refusal: error.diagnostics, of: specification.file, surroundings)
      throw error
    }
    let graph = resolved.graph
    if isDryRun || selection.isPartial {
      let plan = try PlanReport(
        graph, project: project, selection: selection, forced: try forced(in: graph))
      if isDryRun { return try plan.print(as: global) }
      try selection.checkInputs(of: graph, plan: plan.plan)
    }
    if checksGolden {
      let check = try GoldenCheck(project, kinds: Set(graph.instances.map(\.bound.type.kind)))
      if !check.text.isEmpty { say(check.text) }
      if !check.mismatches.isEmpty { throw Exit(status: .damaged) }
    }
    let origin = try RunOrigin(
      resolved, in: project, tags: naming.tags, label: naming.label)
    let events = try reports.openEvents()
    let status = try cache.withStore(of: project) { store in
      let generation = try store.generation()
      let outcome = try execute(resolved, project, store, events)
      return try conclude(outcome, resolved, project, origin, surroundings) { results, folder in
        repetition?.keep(
          resolved, results, folder: folder, store: store, generation: generation)
      }
    }
    events?.write(
      .map([
        "event": .string("finished"), "exit_code": .int(Int(status.rawValue)),
      ]))
    try events?.finish()
    if status != .ok { throw Exit(status: status) }
  }

  private func forced(in graph: Graph) throws -> Set<Int> {
    cache.forced(try selection.forced(in: graph), in: graph)
  }

  // MARK: Running

  private func execute(
    _ resolved: ResolvedSpec, _ project: Project, _ store: Store, _ events: EventStream?
  ) throws -> (outcome: RunSession.Outcome, interruption: ExitStatus?) {
    let graph = resolved.graph
    var options = limits.runOptions
    options.selected = try selection.selected(in: graph)
    options.forced = try forced(in: graph)
    options.labels = naming.labels
    let reporter = RunReporter(graph, style: style, level: global.level)
    let explanation = global.level >= .debug ? try Explanation(graph, store) : nil
    defer { reporter.finish() }
    let interrupts = Interrupts()
    let session = RunSession(
      graph: graph, project: project, store: store, options: options,
      cancellation: interrupts.cancellation,
      observe: { event in
        if case .began(let run, _) = event, !cache.isReadOnly {
          RunRequest(run, of: resolved).keep(in: project.workspace)
        }
        reporter.observe(event, remark: explanation?.remark(on: event) ?? "")
        events?.write(event.jsonValue(in: graph))
      },
      ended: { record in
        reporter.finish()
        Terminal.standardError.write(RunFailures(graph, record).text)
      }, note: say)
    return (try session.run(), interrupts.exitStatus)
  }

  private var style: RunReporter.Style {
    if global.level == .error { return .silent }
    let drawsBars = Terminal.standardError.isInteractive && !global.noProgress && !reports.ci
    return drawsBars ? .bars : .lines
  }

  private func say(_ text: String) {
    if global.level > .error { Terminal.standardError.write(text + "\n") }
  }

  // MARK: Ending

  private func conclude(
    _ ended: (outcome: RunSession.Outcome, interruption: ExitStatus?), _ resolved: ResolvedSpec,
    _ project: Project, _ origin: RunOrigin, _ surroundings: CISurroundings,
    stored: (RunResults, URL) -> Void
  ) throws -> ExitStatus {
    switch ended.outcome {
    case .stopped(let results):
      let folder = try write(results, project, origin)
      say(
        "stopped; finished stages are kept, run again (or run --resume) to go on\n"
          + "results so far: \(folder.path)")
      let summary = RunSummaryText(resolved.graph, results.record, nil, judgement)
      try report(summary, surroundings)
      return ended.interruption ?? .interrupted
    case .finished(let results):
      for problem in results.report.problems {
        let renderer = DiagnosticRenderer(
          sources: resolved.sources, usesColor: global.colorsErrors)
        Terminal.standardError.write(renderer.render(problem) + "\n")
      }
      let folder = try write(results, project, origin)
      stored(results, folder)
      let summary = RunSummaryText(resolved.graph, results.record, results, judgement)
      show(summary, folder: folder)
      try report(summary, surroundings)
      return summary.status
    }
  }

  private func write(
    _ results: RunResults, _ project: Project, _ origin: RunOrigin
  ) throws -> URL {
    try results.write(
      below: output.map { URL(filePath: $0) } ?? project.root.appending(path: "results"),
      origin: origin)
  }

  /// What the user reads, or another program.
  private func show(_ summary: RunSummaryText, folder: URL) {
    let text =
      global.json
      ? summary.value(folder: folder).canonicalJSON + "\n"
      : summary.terminalText(folder: folder, global)
    (reports.streamsEvents ? Terminal.standardError : .standardOutput).write(text)
  }

  /// What the CI system reads.
  private func report(_ summary: RunSummaryText, _ surroundings: CISurroundings) throws {
    if let file = reports.junitFile { try OutputFile(file).write(summary.junit.text) }
    try reports.write(summary: { summary.markdown }, surroundings)
    if reports.ci { announce(summary.annotations, surroundings) }
  }

  private func announce(_ annotations: [Annotation], _ surroundings: CISurroundings) {
    let isTaken = global.json || reports.streamsEvents
    let terminal = isTaken ? Terminal.standardError : .standardOutput
    for annotation in annotations { terminal.write(surroundings.text(of: annotation)) }
  }
}

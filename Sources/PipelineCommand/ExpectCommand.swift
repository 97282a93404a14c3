import ArgumentParser
import Foundation
import Pipeline

struct ExpectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expect", abstract: "Judges the claims on stored results, without running.",
    discussion: """
      The tables are made again from the stored rows, as the specification says now: a changed \
      bound, table or claim counts at once. Ends with exit code 4 when a claim of level 'error' \
      does not hold.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, md, json, junit
  }

  @OptionGroup var stored: RunArgument

  @Option(
    help: ArgumentHelp("Specification (default: the run's own).", valueName: "file"),
    completion: .file())
  var spec: String?

  @Option(help: "Form of the verdicts.")
  var format: Format = .text

  @Flag(name: .customLong("strict"), help: "An inconclusive claim fails, too.")
  var isStrict = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let run = try stored.open(project)
    let document = run.document
    let file = spec ?? project.specification(of: document)
    let resolved = try SpecLoader(registry: project.registry).resolve(
      file: file,
      SpecChanges(
        profile: document.experiment.profile, overrides: document.provenance.overrides))
    let graph = resolved.graph.withoutPlots
    let report = RunReport(
      graph: graph, instances: try run.instanceResults(),
      datasets: document.provenance.datasets,
      baselines: Baselines(for: graph, results: stored.results.root(project).url))
    reportProblems(report.problems, resolved.sources)
    if !global.quiet { print(try text(of: report, graph, run), terminator: "") }
    if report.failsRun(isStrict: isStrict) { throw Exit(status: .expectationFailed) }
    if !report.problems.isEmpty { throw Exit(status: .stagesFailed) }
  }

  private func reportProblems(_ problems: [Diagnostic], _ sources: SourceTexts) {
    if problems.isEmpty { return }
    let renderer = DiagnosticRenderer(sources: sources, usesColor: global.colorsErrors)
    Terminal.standardError.write(renderer.render(problems) + "\n")
  }

  private func text(
    of report: RunReport, _ graph: Graph, _ run: StoredResults
  ) throws -> String {
    if global.isJSON(format) {
      return Value.list(report.expectations.map(\.jsonValue)).indentedJSON
    }
    switch format {
    case .md: return ExpectationResult.markdown(report.expectations)
    case .junit:
      let suite = ExpectationResult.junitSuite(
        report.expectations, of: graph.expectations, experiment: graph.experiment.name,
        isStrict: isStrict)
      return JUnitDocument(graph.experiment.name, [suite]).text
    case .text, .json:
      if report.expectations.isEmpty { return "the specification makes no claim\n" }
      let before = (try? run.expectations()) ?? []
      return report.claimsText(style: global.usesColor ? .ansi : .plain)
        + changes(from: before, to: report.expectations)
    }
  }

  /// "since the run: 'mix_wins' was shown, now not shown"
  private func changes(from before: [ExpectationResult], to now: [ExpectationResult]) -> String {
    let old = Dictionary(before.map { ($0.id, $0.verdict) }, uniquingKeysWith: { $1 })
    return now.compactMap { result in
      guard let verdict = old[result.id] else { return "since the run: '\(result.id)' is new\n" }
      if verdict == result.verdict { return nil }
      return
        "since the run: '\(result.id)' was \(verdict.wording), now \(result.verdict.wording)\n"
    }.joined()
  }
}

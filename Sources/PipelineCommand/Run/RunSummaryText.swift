import Foundation
import Pipeline

/// How a run ended, for each of its readers: a person, a program, a CI system.
struct RunSummaryText {
  private let graph: Graph
  private let record: RunRecord
  /// `nil` when the run was stopped.
  private let results: RunResults?
  private let judgement: JudgementOptions

  init(
    _ graph: Graph, _ record: RunRecord, _ results: RunResults?, _ judgement: JudgementOptions
  ) {
    self.graph = graph
    self.record = record
    self.results = results
    self.judgement = judgement
  }

  var status: ExitStatus {
    results.map { judgement.status(of: record, $0.report) } ?? record.exitStatus
  }

  /// The claims that are to be shown.
  private var claims: [ExpectationResult] {
    judgement.expect == .off ? [] : results?.report.expectations ?? []
  }

  /// "36 stages: 35 executed, 0 cached, 1 skipped"
  private var counts: String {
    let cached = record.count(.cached) + record.count(.shared)
    var text = counted(record.instances.count, "stage") + ": \(record.count(.done)) executed, "
    text += "\(cached) cached"
    let states = [
      (InstanceState.failed, "failed"), (.skipped, "skipped"), (.cancelled, "cancelled"),
    ]
    for (state, word) in states where record.count(state) > 0 {
      text += ", \(record.count(state)) \(word)"
    }
    return text
  }

  // MARK: For people

  /// Tables, claims and counts; when quiet, only the claims, and only if they fail the run.
  func terminalText(folder: URL, _ options: GlobalOptions) -> String {
    guard let report = results?.report else { return "" }
    let style: PivotTable.Style = options.usesColor ? .ansi : .plain
    let claims = judgement.expect == .off ? "" : report.claimsText(style: style)
    if options.level == .error { return status == .expectationFailed ? claims : "" }
    return report.tablesText(width: Terminal.standardOutput.width, style: style) + claims
      + "\(counts) in \(Duration.text(seconds: record.elapsedSeconds))\n"
      + "results: \(folder.path)\n"
  }

  // MARK: For programs

  /// The document of `--json`.
  func value(folder: URL) -> Value {
    let tables = results?.report.tables ?? []
    return .map([
      "experiment": .string(graph.experiment.name),
      "profile": .string(graph.experiment.profile), "run": .string(record.name),
      "instances": .int(record.instances.count), "executed": .int(record.count(.done)),
      "cached": .int(record.count(.cached) + record.count(.shared)),
      "failed": .int(record.count(.failed)), "skipped": .int(record.count(.skipped)),
      "elapsed_seconds": .double(record.elapsedSeconds), "results": .string(folder.path),
      "claims": .list((results?.report.expectations ?? []).map(\.jsonValue)),
      "tables": .map(
        Dictionary(tables.map { ($0.name, $0.jsonValue) }, uniquingKeysWith: { $1 })),
      "exit_code": .int(Int(status.rawValue)),
    ])
  }

  // MARK: For CI systems

  /// Stages, then claims.
  var junit: JUnitDocument {
    let name = graph.experiment.name
    var suites = [record.junitSuite(for: graph)]
    if !claims.isEmpty {
      suites.append(
        ExpectationResult.junitSuite(
          claims, of: graph.expectations, experiment: name, isStrict: judgement.isStrict,
          fails: judgement.expect == .on))
    }
    return JUnitDocument("\(name) (\(graph.experiment.profile))", suites)
  }

  /// Failed stages, views that could not be made, and claims that are not shown.
  var annotations: [Annotation] {
    let places = Dictionary(
      graph.expectations.map { ($0.id, $0.location) }, uniquingKeysWith: { first, _ in first })
    let broken = (results?.report.problems ?? []).map(Annotation.init)
    let doubtful = claims.compactMap { result -> Annotation? in
      guard judgement.fails(result) || isWorthAWarning(result) else { return nil }
      return Annotation(
        judgement.fails(result) ? .error : .warning, at: places[result.id],
        title: "claim \(result.id) is \(result.verdict.wording)", message: result.terminalText())
    }
    return RunFailures(graph, record).annotations + broken + doubtful
  }

  private func isWorthAWarning(_ result: ExpectationResult) -> Bool {
    guard result.level != .info else { return false }
    switch result.verdict {
    case .fail, .missing, .inconclusive: return true
    case .pass, .notApplicable: return false
    }
  }

  /// Verdicts first, then what failed, then the tables.
  var markdown: String {
    let experiment = graph.experiment
    var text = "# \(experiment.title.isEmpty ? experiment.name : experiment.title)\n\n"
    text += "**\(statusWords)**, profile `\(experiment.profile)`: \(counts) in "
    text += "\(Duration.text(seconds: record.elapsedSeconds)).\n\n"
    if !claims.isEmpty { text += "## Claims\n\n\(ExpectationResult.markdown(claims))\n" }
    text += RunFailures(graph, record).markdown
    let problems = results?.report.problems ?? []
    if !problems.isEmpty {
      text += "## Not made\n\n" + problems.map { "- \($0.what)\n" }.joined() + "\n"
    }
    for table in results?.report.tables ?? [] { text += table.markdown + "\n" }
    return text + "Run `\(record.name)`.\n"
  }

  private var statusWords: String {
    switch status {
    case .ok: "passed"
    case .expectationFailed: "a claim does not hold"
    case .interrupted, .terminated: "stopped"
    default: "failed"
    }
  }
}

import ArgumentParser
import Pipeline

/// What claims mean for the end of a run.
struct JudgementOptions: ParsableArguments {
  enum Weight: String, ExpressibleByArgument, CaseIterable { case on, warn, off }

  @Option(help: "on: a claim that does not hold fails the run; warn: it does not; off: no claims.")
  var expect: Weight = .on

  @Flag(name: .customLong("strict"), help: "An inconclusive claim fails the run, too.")
  var isStrict = false

  /// Failed stages weigh more than views that cannot be made, these more than claims.
  func status(of record: RunRecord, _ report: RunReport) -> ExitStatus {
    let stages = record.exitStatus
    if stages != .ok { return stages }
    return report.problems.isEmpty ? status(of: report) : .stagesFailed
  }

  /// What the claims alone say.
  func status(of results: some ShownResults) -> ExitStatus {
    expect == .on && results.failsRun(isStrict: isStrict) ? .expectationFailed : .ok
  }

  /// Whether this claim is why the run fails.
  func fails(_ result: ExpectationResult) -> Bool {
    expect == .on && result.failsRun(isStrict: isStrict)
  }
}

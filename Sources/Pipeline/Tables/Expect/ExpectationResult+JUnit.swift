extension ExpectationResult {
  /// Claims as test cases.
  ///
  /// Only what fails the run is a failure; a claim of level `warn` or `info` that is not shown, an
  /// inconclusive one and one that is not judged are skipped, with the reason.
  ///
  /// - Parameters:
  ///   - results: the verdicts, in order.
  ///   - expectations: what was judged, for the places in the specification.
  ///   - experiment: name of the experiment.
  ///   - isStrict: whether an inconclusive claim fails the run.
  ///   - fails: whether claims fail the run at all.
  /// - Returns: the suite "claims".
  package static func junitSuite(
    _ results: [ExpectationResult], of expectations: [Expectation], experiment: String,
    isStrict: Bool = false, fails: Bool = true
  ) -> JUnitDocument.Suite {
    let places = Dictionary(
      expectations.map { ($0.id, $0.location) }, uniquingKeysWith: { first, _ in first })
    return JUnitDocument.Suite(
      "claims",
      results.map { result in
        let outcome = result.outcome(isStrict: isStrict, fails: fails)
        var isFailure = false
        if case .failed = outcome { isFailure = true }
        return JUnitDocument.Case(
          result.id, group: "\(experiment).claims", location: places[result.id], outcome: outcome,
          output: isFailure ? "" : result.terminalText())
      })
  }

  private func outcome(isStrict: Bool, fails: Bool) -> JUnitDocument.Case.Outcome {
    if verdict == .pass { return .passed }
    if fails, failsRun(isStrict: isStrict) {
      return .failed(
        kind: verdict.rawValue, message: "\(verdict.wording): \(claim)", detail: terminalText())
    }
    let level = level == .error || verdict == .notApplicable ? "" : " (\(level.rawValue))"
    return .skipped(verdict.wording + level + (remark.isEmpty ? "" : ": \(remark)"))
  }
}

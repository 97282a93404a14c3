import Pipeline

extension IntensityTests {
  /// Parameters that the causal stages refuse.
  static let causalExamples = [
    Example(
      kind: "causal.dataset", parameters: ["replication": .int(0)],
      problem: ParameterProblem(
        parameter: "replication", what: "0 is outside 1 <= x <= 1000",
        why: "ihdp: which draw of the outcomes", fix: "write at least 1")),
    Example(
      kind: "causal.split", parameters: ["test": .int(1)],
      problem: ParameterProblem(
        parameter: "test", what: "1 is outside 0 < x < 1",
        why: "test units; not for published", fix: "write less than 1")),
    Example(
      kind: "causal.propensity", parameters: ["clip": .double(0.5)],
      problem: ParameterProblem(
        parameter: "clip", what: "0.5 is outside 0 <= x <= 0.2",
        why: "propensities are kept in clip ... 1 - clip", fix: "write at most 0.2")),
    Example(
      kind: "causal.fit", parameters: ["alpha": .double(-1)],
      problem: ParameterProblem(
        parameter: "alpha", what: "-1.0 is outside 0 <= x <= 100",
        why: "cfr: factor of the discrepancy", fix: "write at least 0")),
    Example(
      kind: "causal.fit", parameters: ["rep": .list([.int(64), .int(0)])],
      problem: ParameterProblem(
        parameter: "rep", index: 1, what: "0 is outside 1 <= x <= 4096",
        why: "widths of the shared layers", fix: "write at least 1")),
    Example(
      kind: "causal.ate", parameters: ["level": .int(1)],
      problem: ParameterProblem(
        parameter: "level", what: "1 is outside 0 < x <= 0.999", why: "of the intervals",
        fix: "write at most 0.999")),
    Example(
      kind: "causal.evaluate", parameters: ["benefit": .string("more")],
      problem: ParameterProblem(
        parameter: "benefit", what: "'more' is not one of lower, higher",
        why: "which outcomes are good")),
    Example(
      kind: "causal.compare", parameters: ["test": .string("sgin")],
      problem: ParameterProblem(
        parameter: "test", what: "'sgin' is not one of sign, wilcoxon", why: "paired test",
        fix: "did you mean 'sign'?")),
    Example(
      kind: "causal.uncertainty", parameters: ["fits": .int(1)],
      problem: ParameterProblem(
        parameter: "fits", what: "1 is outside 2 <= x <= 5000", why: "refits",
        fix: "write at least 2")),
    Example(
      kind: "causal.refute", parameters: ["draws": .int(1)],
      problem: ParameterProblem(
        parameter: "draws", what: "1 is outside 2 <= x <= 1000",
        why: "repetitions of each test", fix: "write at least 2")),
    Example(
      kind: "causal.sensitivity", parameters: ["gammas": .list([.double(0.5)])],
      problem: ParameterProblem(
        parameter: "gammas", index: 0, what: "0.5 is outside 1 <= x <= 100",
        why: "strengths tried", fix: "write at least 1")),
    Example(
      kind: "causal.policy", parameters: ["budget": .double(1.2)],
      problem: ParameterProblem(
        parameter: "budget", what: "1.2 is outside 0 <= x <= 1",
        why: "sites treated, of those with untreated units", fix: "write at most 1")),
  ]
}

import Compute
import Pipeline

/// `causal.refute`: the same estimator on data that were changed so that the answer is known.
struct RefutationStage: Stage {
  private enum Test: String, CaseIterable {
    /// Treatment permuted: no effect is left.
    case placebo_treatment
    /// A column of noise more: nothing should change.
    case random_common_cause
    /// 80 % of the clusters, known units of both parts: nothing should change.
    case subset
    /// Outcomes permuted: no effect is left.
    case dummy_outcome
    /// Something unseen drives treatment and outcome: how far does the answer move?
    case unobserved_confounder
    /// An outcome on which the treatment cannot act, on clusters drawn with replacement: no effect
    /// should be found.
    case negative_control
  }

  static let kind = "causal.refute"
  static let version = 1
  static let summary = "Challenges an estimate with data whose answer is known."
  static let inputs = [InputSlot("data", .dataset, help: "units, split")]
  static let outputs = [
    OutputSlot(
      "refutation", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("test", .string, help: "what was done to the data"),
        Column("strength", .double, help: "unobserved_confounder: of the simulated cause"),
        Column("original", .double, unit: "outcome", help: "mean effect on the data as they are"),
        Column("refuted", .double, unit: "outcome", help: "mean over the draws"),
        Column("sd", .double, unit: "outcome", help: "over the draws"),
        Column("target", .double, unit: "outcome", help: "what a sound estimate comes to"),
        Column(
          "p", .double,
          help: "2 (k + 1) / (draws + 1), k draws at or beyond the target on its rarer side"),
        Column(
          "verdict", .string,
          help: "fails: p below 0.1; holds; undecided: fewer than 20 draws, which cannot show it;"
            + " curve: no target"),
        Column("draws", .int, help: "repetitions"),
      ], help: "one row per test and strength")
  ]

  private let parameters: EstimatorParameters
  private let tests: [Test]
  private let draws: Int
  private let strengths: [Double]
  private let isWithin: Bool
  private let control: String

  init(_ p: inout ParameterReader) {
    parameters = EstimatorParameters(&p)
    tests = p.choices(
      "tests",
      default: [
        .placebo_treatment, .random_common_cause, .subset, .dummy_outcome, .unobserved_confounder,
      ], help: "what is done to the data; negative_control needs a column")
    draws = p.int("draws", default: 20, in: 2...1000, help: "repetitions of each test")
    strengths = p.doubles(
      "strengths", default: [0.25, 0.5, 1], in: .closed(0, 10),
      help: "unobserved_confounder: its slope on the logit of treatment and, in deviations, on y")
    isWithin = p.bool(
      "within_cluster", default: false, help: "whether treatment is permuted within clusters")
    control = p.string(
      "control", default: "", help: "negative_control: the column that becomes the outcome")
  }

  var estimate: Estimate {
    Estimate(
      cpuSeconds: parameters.seconds(fits: draws * (tests.count + strengths.count)),
      memoryBytes: 256 << 20)
  }

  func run(_ context: StageContext) throws {
    let data = try CausalData(reading: context.input("data").url)
    try refuseControl(data)
    let original = try effect(data.sample, KnownRows(data), 0, context)
    var table = Table(columns: Self.outputs[0].columns)
    for test in tests {
      for strength in test == .unobserved_confounder ? strengths : [0] {
        let refuted = try (0..<draws).map { draw in
          try context.checkCancellation()
          var random = RandomStream.generator(
            seed: UInt64(parameters.seed), purpose: "refute \(test.rawValue)", draw)
          let sample = changed(data, test, strength, &random)
          return try effect(sample, rows(test, data, &random), draw, context)
        }
        table.append(
          data.cells + [
            .string(parameters.label), .int(parameters.seed), .string(test.rawValue),
            test == .unobserved_confounder ? .double(strength) : .null, .double(original),
          ] + verdict(test, refuted, original: original))
      }
    }
    try table.write(to: context, "refutation")
  }

  private func refuseControl(_ data: CausalData) throws {
    guard tests.contains(.negative_control) else { return }
    try data.refuse(unknown: [control], parameter: "control")
    guard data.columns.contains(where: { $0.name == control && $0.role == .negative }) else {
      throw StageFailure(
        at: "parameter control", "column '\(control)' is a covariate",
        why: "its mean is adjusted for, so that no effect on it could be found",
        fix: "name a column of role negative")
    }
  }

  /// The mean effect over all units. Draws differ in first weights too.
  private func effect(
    _ sample: CausalSample, _ rows: KnownRows, _ draw: Int, _ context: StageContext
  ) throws -> Double {
    Summary.mean(try parameters.fit(sample, rows, draw: draw, context).effects) ?? 0
  }

  /// A control has nothing random of its own: its draws are samples.
  private func rows(
    _ test: Test, _ data: CausalData, _ random: inout SplitMix64
  ) -> KnownRows {
    switch test {
    case .subset: KnownRows.drawn(.subset(0.8), from: data, for: parameters, &random)
    case .negative_control: KnownRows.drawn(.bootstrap, from: data, for: parameters, &random)
    default: KnownRows(data)
    }
  }

  private func changed(
    _ data: CausalData, _ test: Test, _ strength: Double, _ random: inout SplitMix64
  ) -> CausalSample {
    var sample = data.sample
    switch test {
    case .subset: break
    case .placebo_treatment:
      let groups = isWithin ? data.cluster : nil
      sample.treatment = Self.permuted(sample.treatment, within: groups, &random)
    case .dummy_outcome:
      let order = random.permutation(sample.count)
      sample.outcome = order.map { data.outcome[$0] }
    case .random_common_cause:
      sample.append((0..<sample.count).map { _ in Float(random.gaussian()) })
    case .unobserved_confounder:
      // Normal with means `strength` apart: then the logit of treatment has that slope in it.
      let deviation = Summary.deviation(sample.outcome.map(Double.init)) ?? 0
      let share = Double(sample.treatment.count { $0 == 1 }) / Double(sample.count)
      for row in 0..<sample.count {
        let hidden = random.gaussian() + strength * (Double(sample.treatment[row]) - share)
        sample.outcome[row] += Float(strength * deviation * hidden)
      }
    case .negative_control:
      let column = data.columns.firstIndex { $0.name == control } ?? 0
      let (values, width) = (data.x.values, data.columns.count)
      sample.outcome = (0..<data.count).map { values[$0 * width + column] }
    }
    return sample
  }

  private static func permuted(
    _ treatment: [UInt8], within clusters: [Int32]?, _ random: inout SplitMix64
  ) -> [UInt8] {
    var groups: [Int32: [Int]] = [:]
    for row in treatment.indices { groups[clusters?[row] ?? 0, default: []].append(row) }
    var result = treatment
    for (_, rows) in groups.sorted(by: { $0.key < $1.key }) {
      for (place, index) in random.permutation(rows.count).enumerated() {
        result[rows[place]] = treatment[rows[index]]
      }
    }
    return result
  }

  private func verdict(_ test: Test, _ refuted: [Double], original: Double) -> [Value] {
    let (mean, deviation) = (Summary.mean(refuted), Summary.deviation(refuted))
    guard test != .unobserved_confounder else {
      return [
        .measured(mean), .measured(deviation), .null, .null, .string("curve"), .int(draws),
      ]
    }
    let target = test == .random_common_cause || test == .subset ? original : 0
    let low = refuted.count { $0 <= target }
    let high = refuted.count { $0 >= target }
    let p = min(1, 2 * Double(min(low, high) + 1) / Double(draws + 1))
    let verdict = draws < 20 ? "undecided" : p < 0.1 ? "fails" : "holds"
    return [
      .measured(mean), .measured(deviation), .double(target), .double(p), .string(verdict),
      .int(draws),
    ]
  }
}

import Compute
import Pipeline

/// `causal.uncertainty`: how much estimated effects move when clusters of the data are drawn again.
///
/// The spread of an ensemble is not a confidence interval of a unit's effect; the tables call it
/// what it is.
struct UncertaintyStage: Stage {
  private enum Kind: String, CaseIterable { case ensemble, bootstrap }

  static let kind = "causal.uncertainty"
  static let version = 1
  static let summary = "Refits an estimator on drawn clusters: intervals and their coverage."
  static let inputs = [InputSlot("data", .dataset, help: "units, split")]
  static let outputs = [
    OutputSlot(
      "intervals", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("quantity", .string, help: "ate, or the gap between groups"),
        Column("spread", .string, help: "ensemble sd or bootstrap quantiles"),
        Column("estimate", .double, unit: "outcome", help: "mean over the fits"),
        Column("sd", .double, unit: "outcome", help: "over the fits"),
        Column("low", .double, unit: "outcome", help: "of the interval"),
        Column("high", .double, unit: "outcome", help: "of the interval"),
        Column("truth", .double, unit: "outcome", help: "true value"),
        Column("covered", .bool, help: "whether the interval holds the truth"),
        Column("fits", .int, help: "refits"),
      ], help: "one row per quantity"),
    OutputSlot(
      "coverage", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("set", .string, help: "units"),
        ResultColumns.share("coverage", of: "n", help: "units whose band holds the true effect"),
        Column("level", .double, unit: "fraction", help: "what the band would hold if it were one"),
        Column("sd", .double, unit: "outcome", help: "mean spread of a unit's effect"),
        Column("n", .int, help: "units"),
      ], help: "one row per set; empty without truth"),
  ]

  private let parameters: EstimatorParameters
  private let kind: Kind
  private let fits: Int
  private let level: Double
  private let group: String

  init(_ p: inout ParameterReader) {
    parameters = EstimatorParameters(&p)
    kind = p.choice(
      "kind", default: .ensemble,
      help: "ensemble: 80 % of the clusters; bootstrap: all, with replacement; seeds differ")
    fits = p.int("fits", default: 5, in: 2...5000, help: "refits")
    level = p.double(
      "level", default: 0.9, in: .above(0, through: 0.999), help: "of the intervals")
    group = p.string("group", default: "income", help: "grouping of the gap")
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: parameters.seconds(fits: fits), memoryBytes: 768 << 20)
  }

  /// Effects of single units that are kept, for quantiles need them all: 400 MB.
  private static let keptEffects = 100_000_000

  func run(_ context: StageContext) throws {
    let data = try CausalData(reading: context.input("data").url)
    let (draws, all) = (try refits(data, context), Array(0..<data.count))
    var intervals = Table(columns: Self.outputs[0].columns)
    let leading = data.cells + [.string(parameters.label), .int(parameters.seed)]
    for (name, measure) in quantities(data, all) {
      let values = draws.map { measure($0.map(Double.init)) }
      let interval = self.interval(values)
      let truth = data.trueEffects.map(measure)
      intervals.append(
        leading + [
          .string(name), .string(kind == .ensemble ? "ensemble sd" : "bootstrap quantiles"),
          .measured(Summary.mean(values)), .measured(Summary.deviation(values)),
          .double(interval.lowerBound), .double(interval.upperBound), .measured(truth),
          truth.map { .bool(interval.contains($0)) } ?? .null, .int(fits),
        ])
    }
    try intervals.write(to: context, "intervals")
    var coverage = Table(columns: Self.outputs[1].columns)
    if let truth = data.trueEffects {
      for set in data.part == nil ? [RowSet.all] : [.within, .out] {
        let rows = data.rows(of: set)
        let units = rows.map { row in draws.map { Double($0[row]) } }
        let covered = zip(rows, units).count { interval($1).contains(truth[$0]) }
        coverage.append(
          leading + [
            .string(set.rawValue), .double(Double(covered) / Double(max(1, rows.count))),
            .double(level), .measured(Summary.mean(units.compactMap(Summary.deviation))),
            .int(rows.count),
          ])
      }
    }
    try coverage.write(to: context, "coverage")
  }

  /// Effects of all units by each refit.
  private func refits(_ data: CausalData, _ context: StageContext) throws -> [[Float]] {
    guard fits * data.count <= Self.keptEffects else {
      throw StageFailure(
        at: "parameter fits", "\(fits) refits of \(data.count) units",
        why: "at most \(Self.keptEffects) effects of single units are kept",
        fix: "write at most \(Self.keptEffects / data.count)")
    }
    let sample = data.sample
    return try (0..<fits).map { fit in
      context.progress(StageProgress(Double(fit) / Double(fits), "fit \(fit + 1)/\(fits)"))
      var random = RandomStream.generator(
        seed: UInt64(parameters.seed), purpose: "uncertainty", fit)
      let rows = KnownRows.drawn(
        kind == .ensemble ? .subset(0.8) : .bootstrap, from: data, for: parameters, &random)
      return try parameters.fit(sample, rows, draw: fit, context).effects.map(Float.init)
    }
  }

  /// The mean effect; and the gap, where both of its groups have units.
  private func quantities(
    _ data: CausalData, _ rows: [Int]
  ) -> [(String, @Sendable ([Double]) -> Double)] {
    var quantities: [(String, @Sendable ([Double]) -> Double)] = [
      ("ate", { Summary.mean($0) ?? 0 })
    ]
    if let grouping = data.groupings.first(where: { $0.name == group }),
      grouping.gap([Double](repeating: 0, count: data.count), rows) != nil
    {
      quantities.append(("gap by \(group)", { grouping.gap($0, rows) ?? 0 }))
    }
    return quantities
  }

  /// Mean and deviations for an ensemble, quantiles for a bootstrap.
  private func interval(_ values: [Double]) -> ClosedRange<Double> {
    switch kind {
    case .ensemble:
      let mean = Summary.mean(values) ?? 0
      let reach =
        NormalDistribution.quantile((1 + level) / 2) * (Summary.deviation(values) ?? 0)
      return mean - reach...mean + reach
    case .bootstrap:
      let tail = (1 - level) / 2
      let low = Summary.quantile(tail, of: values) ?? 0
      return low...max(low, Summary.quantile(1 - tail, of: values) ?? 0)
    }
  }
}

import Compute
import Pipeline

/// `causal.ate`: average effects by several methods, with errors that respect clusters.
///
/// Outcomes come from given effects, or, without any, from cross-fitted lines. Effects of a network
/// that was trained on the same units make the errors of aipw and tmle too small: prefer test rows.
/// plugin and treg have no error here, which would have to count how the outcomes were fitted.
struct AverageEffectStage: Stage {
  private enum Method: String, CaseIterable {
    case difference, plugin, ipw, hajek, aipw, tmle, att, treg
  }

  static let kind = "causal.ate"
  static let version = 1
  static let summary = "Estimates average effects with standard errors and intervals."
  static let inputs = [
    InputSlot("data", .dataset, help: "units"),
    InputSlot("propensity", .tensors, help: "from causal.propensity"),
    InputSlot(
      "effects", .tensors, isOptional: true, help: "from causal.fit; absent: cross-fitted lines"),
  ]
  static let outputs = [
    OutputSlot(
      "estimates", .table,
      columns: ResultColumns.dataset + [
        Column("outcomes", .string, help: "what predicted outcomes: an estimator, or lines"),
        Column("method", .string, help: "how they were averaged"),
        Column("estimate", .double, unit: "outcome", help: "average effect"),
        Column(
          "se", .double, unit: "outcome",
          help: "standard error; null: not defined, as for plugin, treg and a single cluster"),
        Column("low", .double, unit: "outcome", help: "of the interval"),
        Column("high", .double, unit: "outcome", help: "of the interval"),
        Column("n", .int, help: "units"),
        Column("clusters", .int, help: "clusters; the units where they are independent"),
        Column("truth", .double, unit: "outcome", help: "true average of these units"),
        Column("covered", .bool, help: "whether the interval holds the truth"),
        Column(
          "error", .double, unit: "outcome", direction: .lower, help: "|estimate - truth|"),
      ], help: "one row per method")
  ]

  private let methods: [Method]
  private let set: RowSet
  private let level: Double
  private let averaging: AveragingParameters

  init(_ p: inout ParameterReader) {
    methods = p.choices(
      "methods", default: [.difference, .plugin, .ipw, .hajek, .aipw, .tmle],
      help: "how effects are averaged; treg needs dragonnet_treg")
    set = p.choice("set", default: .all, help: "units that are averaged")
    level = p.double(
      "level", default: 0.95, in: .above(0, through: 0.999), help: "of the intervals")
    averaging = AveragingParameters(&p)
  }

  var estimate: Estimate { Estimate(cpuSeconds: 1, memoryBytes: 256 << 20) }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    let data = try CausalData(reading: input.url)
    let e = try PropensityFile(
      reading: context.input("propensity"), of: input, count: data.count
    ).values
    let effects = try context.optionalInput("effects").map {
      try EffectFile(reading: $0, of: input, count: data.count)
    }
    let outcomes = try outcomes(data, effects)
    let rows = data.rows(of: set)
    try refuseThinArms(data, rows)
    logCautions(context, data, effects, outcomes, rows)
    let units = data.units(rows, outcomes, e)
    let groups = averaging.clusters(of: data, rows)
    var table = Table(columns: Self.outputs[0].columns)
    for method in methods {
      let effect = try value(
        method, units, groups, isBinary: data.isBinary, effects?.estimate, rows)
      let truth = self.truth(data, rows, method)
      let interval = effect.interval(level: level)
      table.append(
        data.cells + [
          .string(effects?.estimator ?? "lines"), .string(method.rawValue),
          .double(effect.value), .measured(effect.standardError),
          .measured(interval?.lowerBound), .measured(interval?.upperBound), .int(rows.count),
          .int(groups.map { Set($0).count } ?? rows.count), .measured(truth),
          interval.flatMap { interval in truth.map { .bool(interval.contains($0)) } } ?? .null,
          .measured(truth.map { abs(effect.value - $0) }),
        ])
    }
    try table.write(to: context, "estimates")
  }

  private func refuseThinArms(_ data: CausalData, _ rows: [Int]) throws {
    let treated = rows.count { data.treatment[$0] == 1 }
    guard min(treated, rows.count - treated) < 2 else { return }
    throw StageFailure(
      at: "parameter set",
      "\(set.rawValue) has \(treated) treated and \(rows.count - treated) untreated units",
      why: "an average effect compares at least 2 of each",
      fix: "write another set, or leave more units to it in causal.split")
  }

  /// What the table cannot say.
  private func logCautions(
    _ context: StageContext, _ data: CausalData, _ effects: EffectFile?,
    _ outcomes: (untreated: [Double], treated: [Double]), _ rows: [Int]
  ) {
    if let effects, set != .out {
      context.log(
        "set \(set.rawValue) holds units that \(effects.estimator) was trained on: errors of aipw"
          + " and tmle are too small; set: out averages the others")
    }
    guard methods.contains(.tmle), data.isBinary else { return }
    let outside = rows.count { row in
      [outcomes.untreated[row], outcomes.treated[row]].contains { !(0...1).contains($0) }
    }
    if outside > 0 {
      context.log(
        "tmle: predictions of \(outside) of \(rows.count) units lie outside 0...1 and are moved"
          + " inside, for its fluctuation is of logits")
    }
  }

  private func outcomes(
    _ data: CausalData, _ effects: EffectFile?
  ) throws -> (untreated: [Double], treated: [Double]) {
    guard let effects else { return averaging.outcomes(of: data) }
    guard let untreated = effects.estimate.untreated, let treated = effects.estimate.treated else {
      throw StageFailure(
        at: "input effects", "\(effects.estimator) predicts effects but no outcomes",
        why: "aipw and tmle correct predicted outcomes",
        fix: "leave the input out, which takes cross-fitted lines, or use another estimator")
    }
    return (untreated, treated)
  }

  private func truth(_ data: CausalData, _ rows: [Int], _ method: Method) -> Double? {
    if method == .att { return data.effectOnTreated(rows) }
    return data.trueEffects.flatMap { effects in Summary.mean(rows.map { effects[$0] }) }
  }

  private func value(
    _ method: Method, _ units: [AverageEffect.Unit], _ groups: [Int32]?, isBinary: Bool,
    _ estimate: EffectEstimate?, _ rows: [Int]
  ) throws -> AverageEffect {
    switch method {
    case .difference: return .difference(units, clusters: groups)
    case .plugin: return .plugin(units)
    case .ipw: return .inverseWeighted(units, clusters: groups)
    case .hajek: return .hajek(units, clusters: groups)
    case .aipw: return .augmented(units, clusters: groups)
    case .tmle: return AverageEffect.targeted(units, isBinary: isBinary, clusters: groups).effect
    case .att: return .onTreated(units, clusters: groups)
    case .treg:
      guard let epsilon = estimate?.fluctuation, let e = estimate?.propensities else {
        throw StageFailure(
          at: "parameter methods", "treg needs the epsilon of targeted regularisation",
          why: "only dragonnet_treg trains one", fix: "use its effects, or drop treg")
      }
      let moved = zip(units, rows).map { unit, row in
        let g = (e[row] + 0.01) / 1.02
        return unit.mu1 - unit.mu0 + epsilon / g + epsilon / (1 - g)
      }
      return AverageEffect(value: Summary.mean(moved) ?? 0, standardError: nil)
    }
  }
}

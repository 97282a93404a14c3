import Compute
import Pipeline

/// `causal.policy`: which sites to treat under a budget, what that avoids, and for whom.
struct PolicyStage: Stage {
  private enum Rule: String, CaseIterable {
    /// Predicted benefit of the whole site, largest first.
    case benefit
    case random
    /// The worst-off group of the grouping first.
    case poorest
    /// True benefit of the whole site, largest first: no rule avoids more with as many sites.
    case oracle
    /// A weighted mean of the ranks by benefit and by poverty.
    case benefit_equity
  }

  private enum Benefit: String, CaseIterable { case lower, higher }

  static let kind = "causal.policy"
  static let version = 1
  static let summary = "Chooses sites to treat under a budget, and shows who gains."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("data", .dataset, help: "units; sites are their clusters"),
    InputSlot("effects", .tensors, help: "from causal.fit"),
  ]
  static let outputs = [
    OutputSlot(
      "outcome", .table,
      columns: ResultColumns.dataset + ResultColumns.effect + [
        Column("rule", .string, help: "how sites were chosen"),
        Column("sites", .int, help: "sites treated"),
        Column("units", .int, help: "untreated units at these sites"),
        Column("predicted", .double, unit: "outcome", help: "predicted benefit, added up"),
        Column(
          "avoided", .double, unit: "outcome", direction: .higher,
          help: "true benefit, added up; null: truth is not known"),
        Column("gap_before", .double, unit: "outcome", help: "first group - last, as it is"),
        Column("gap_after", .double, unit: "outcome", help: "the same with the sites treated"),
      ], help: "one row per rule"),
    OutputSlot(
      "plan", .table,
      columns: ResultColumns.dataset + [
        Column("rule", .string, help: "how sites were chosen"),
        Column("rank", .int, help: "from 1"),
        Column("site", .int, help: "cluster"),
        Column("units", .int, help: "untreated units"),
        Column("predicted", .double, unit: "outcome", help: "predicted benefit, added up"),
      ], help: "chosen sites in order"),
  ]

  private let rules: [Rule]
  private let budget: Double
  private let equityWeight: Double
  private let group: String
  private let benefit: Benefit
  private let seed: Int

  init(_ p: inout ParameterReader) {
    rules = p.choices(
      "rules", default: [.benefit, .random, .poorest, .benefit_equity],
      help: "how sites are chosen; oracle needs the truth")
    budget = p.double(
      "budget", default: 0.2, in: .closed(0, 1), unit: "fraction",
      help: "sites treated, of those with untreated units")
    equityWeight = p.double(
      "equity_weight", default: 0.5, in: .closed(0, 1), help: "benefit_equity: of poverty")
    group = p.string("group", default: "income", help: "grouping; its first group is the poorest")
    benefit = p.choice("benefit", default: .lower, help: "which outcomes are good")
    seed = p.int("seed", default: 1, in: 0...Int.max, help: "of the random rule and of ties")
  }

  var estimate: Estimate { .small }

  /// Untreated units of a cluster. The budget counts sites, so that benefits are of the whole site.
  private struct Site {
    let number: Int
    let rows: [Int]
    let predicted: Double
    /// Mean over the units.
    let poverty: Double
    let truth: Double?
    let draw: Double
  }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    let data = try CausalData(reading: input.url)
    let effects = try EffectFile(reading: context.input("effects"), of: input, count: data.count)
    try refuseUndefined(data)
    let sites = self.sites(data, effects.estimate.effects)
    var outcome = Table(columns: Self.outputs[0].columns)
    var plan = Table(columns: Self.outputs[1].columns)
    for rule in rules {
      let count = Int((budget * Double(sites.count)).rounded())
      let chosen = Array(ordered(sites, by: rule).prefix(count))
      // Sorted, so that equal choices give equal sums.
      let rows = chosen.flatMap(\.rows).sorted()
      outcome.append(
        data.cells + effects.cells + [
          .string(rule.rawValue), .int(chosen.count), .int(rows.count),
          .double(total(effects.estimate.effects, rows)),
          .measured(data.trueEffects.map { total($0, rows) }),
        ] + gaps(data, effects.estimate.effects, treated: Set(rows)))
      for (rank, site) in chosen.enumerated() {
        plan.append(
          data.cells + [
            .string(rule.rawValue), .int(rank + 1), .int(site.number), .int(site.rows.count),
            .double(site.predicted),
          ])
      }
    }
    try outcome.write(to: context, "outcome")
    try plan.write(to: context, "plan")
  }

  private func refuseUndefined(_ data: CausalData) throws {
    if rules.contains(.oracle), data.truth == nil {
      throw StageFailure(
        at: "parameter rules", "oracle needs the true effects, which \(data.name) lacks",
        why: "it bounds what any rule can reach", fix: "drop oracle")
    }
    let needsGroups = rules.contains(.poorest) || rules.contains(.benefit_equity)
    if needsGroups, !data.groupings.contains(where: { $0.name == group }) {
      throw StageFailure(
        at: "parameter group", "there is no grouping '\(group)'",
        why: "poorest and benefit_equity order sites by it",
        fix: "write one of " + data.groupings.map(\.name).joined(separator: ", "))
    }
  }

  /// What is gained when an effect of this size takes place.
  private func gain(_ effect: Double) -> Double { benefit == .lower ? -effect : effect }

  private func total(_ effects: [Double], _ rows: [Int]) -> Double {
    rows.reduce(0) { $0 + gain(effects[$1]) }
  }

  private func sites(_ data: CausalData, _ effects: [Double]) -> [Site] {
    let grouping = data.groupings.first { $0.name == group }
    var rows: [Int: [Int]] = [:]
    for row in 0..<data.count where data.treatment[row] == 0 {
      rows[data.cluster.map { Int($0[row]) } ?? row, default: []].append(row)
    }
    var random = RandomStream.generator(seed: UInt64(seed), purpose: "policy")
    return rows.sorted { $0.key < $1.key }.map { number, rows in
      // The first label is the poorest; units without a group count as the best off.
      let poverty = grouping.flatMap { grouping in
        Summary.mean(rows.map { -Double(min(Int(grouping.members[$0]), grouping.labels.count)) })
      }
      return Site(
        number: number, rows: rows, predicted: total(effects, rows), poverty: poverty ?? 0,
        truth: data.trueEffects.map { total($0, rows) }, draw: random.unit())
    }
  }

  private func ordered(_ sites: [Site], by rule: Rule) -> [Site] {
    let byBenefit = EffectMetrics.meanRanks(sites.map(\.predicted))
    let byPoverty = EffectMetrics.meanRanks(sites.map(\.poverty))
    let scores = sites.indices.map { index in
      switch rule {
      case .benefit: sites[index].predicted
      case .random: sites[index].draw
      case .poorest: sites[index].poverty
      case .oracle: sites[index].truth ?? 0
      case .benefit_equity:
        (1 - equityWeight) * byBenefit[index] + equityWeight * byPoverty[index]
      }
    }
    return sites.indices.sorted {
      (-scores[$0], sites[$0].draw) < (-scores[$1], sites[$1].draw)
    }.map { sites[$0] }
  }

  /// The groups' gap in outcomes before and after; by the truth where it is known, else by the
  /// observed outcomes moved by predicted effects.
  private func gaps(_ data: CausalData, _ effects: [Double], treated: Set<Int>) -> [Value] {
    guard let grouping = data.groupings.first(where: { $0.name == group }) else {
      return [.null, .null]
    }
    let rows = Array(0..<data.count)
    let before = rows.map { row in
      data.truth.map { Double(data.treatment[row] == 1 ? $0.mu1[row] : $0.mu0[row]) }
        ?? Double(data.outcome[row])
    }
    let change = data.trueEffects ?? effects
    let after = rows.map { before[$0] + (treated.contains($0) ? change[$0] : 0) }
    return [.measured(grouping.gap(before, rows)), .measured(grouping.gap(after, rows))]
  }
}

import Compute
import Foundation
import Pipeline

/// `equity.effects`: whom a treatment helps, and what it does to the gap between groups.
///
/// Groups are of areas, by income, minority share or density. These modify effects; they are never
/// treatments. Intervals resample whole areas and hold the estimated effects as they are: they tell
/// how much depends on the areas at hand, not how wrong the estimator is.
struct EquityEffectsStage: Stage {
  static let kind = "equity.effects"
  static let version = 3
  static let summary =
    "Compares effects and outcomes between groups of areas, with intervals by resampled areas."
  static let inputs = [
    InputSlot("data", .dataset, help: "units with groupings and areas as clusters"),
    InputSlot("effects", .tensors, help: "effects of causal.fit on the same data"),
    InputSlot("tracts", .json, help: "the map that the clusters number"),
    InputSlot(
      "propensity", .tensors, isOptional: true,
      help: "from causal.propensity, for doubly robust means of test units"),
  ]
  private static let measured = [
    Column("value", .double, unit: "outcome", help: "mean, or difference of means"),
    Column("low", .double, unit: "outcome", help: "lower end of the interval"),
    Column("high", .double, unit: "outcome", help: "upper end of the interval"),
    Column("truth", .double, unit: "outcome", help: "the true value, where it is known"),
  ]
  private static let measureHelp =
    "effect, estimated; robust: the same, doubly robust; outcome observed, untreated, treated"
  private static let leading =
    ResultColumns.dataset + ResultColumns.effect + [
      Column("by", .string, help: "trait of the areas, a modifier of effects")
    ]
  static let outputs = [
    OutputSlot(
      "groups", .table,
      columns: leading + [
        Column("group", .string, help: "group of areas, the worse off first"),
        Column("n", .int, help: "units in it"),
        Column("measure", .string, help: measureHelp),
      ] + measured, help: "one row per trait, group and measure"),
    OutputSlot(
      "gaps", .table,
      columns: leading + [
        Column("measure", .string, help: measureHelp)
      ] + measured + [
        Column(
          "explained", .double, unit: "fraction",
          help: "share of the observed gap that is gone when all are treated")
      ], help: "the worst off group less the best off; one row per trait and measure"),
    OutputSlot(
      "areas", .table,
      columns: ResultColumns.dataset + [
        Column("area", .string, help: "name of the area"),
        Column("n", .int, help: "units in it"),
        Column("outcome", .double, unit: "outcome", help: "mean outcome"),
        Column("effect", .double, unit: "outcome", help: "mean estimated effect"),
        Column("benefit", .double, unit: "outcome", help: "minus the effect, for a harm"),
      ], help: "one row per area with enough units"),
    OutputSlot("figure", .figure, help: "effects by group with intervals"),
  ]

  private let draws: Int
  private let level: Double
  private let least: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    draws = p.int("draws", default: 200, in: 20...5000, help: "resamples of the areas")
    level = p.double("level", default: 0.9, in: .open(0, 1), help: "of the intervals")
    least = p.int(
      "least", default: 1, in: 1...1000, help: "units that an area needs to have a mean of its own")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the resamples")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 2, memoryBytes: 256 << 20) }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    let data = try CausalData(reading: input.url)
    let file = try EffectFile(reading: context.input("effects"), of: input, count: data.count)
    let map = try AreaMap(reading: context.input("tracts").url)
    let clusters = try areas(of: data, in: map)
    let scores = try context.optionalInput("propensity").map { chances in
      try data.scores(file, PropensityFile(reading: chances, of: input, count: data.count))
    }
    let measures = GroupMeasures(data, file.estimate, scores: scores, clusters: clusters)
    let bootstrap = ClusterBootstrap(
      clusterCount: map.count, draws: draws, seed: UInt64(seed))
    let lanes = Lanes(context.lanes)
    var reports: [GroupMeasures.Report] = []
    for grouping in data.groupings {
      reports.append(
        measures.report(grouping, bootstrap: bootstrap, level: level, lanes: lanes))
      try context.checkCancellation()
    }
    try groupTable(data, file, reports).write(to: context, "groups")
    try gapTable(data, file, reports).write(to: context, "gaps")
    try areaTable(data, file.estimate, clusters, map).write(to: context, "areas")
    try Data(figure(data, file, reports).svg.utf8).write(to: context.output("figure"))
  }

  /// The area of each unit.
  ///
  /// - Throws: ``StageFailure`` for units outside of the map, and groups with nothing to compare.
  private func areas(of data: CausalData, in map: AreaMap) throws -> [Int] {
    guard let clusters = data.cluster?.map(Int.init), clusters.allSatisfy(map.ids.indices.contains)
    else {
      throw StageFailure(
        at: "input data", "its units lie in no area of the map \(map.name)",
        why: "intervals resample areas", fix: "use the output of crash.synth or geo.join")
    }
    if let grouping = data.groupings.first(where: { $0.labels.count < 2 }) {
      throw StageFailure(
        at: "input data", "the grouping '\(grouping.name)' has \(grouping.labels.count) labels",
        why: "its first group is compared with its last", fix: "name every group in the metadata")
    }
    return clusters
  }

  private func groupTable(
    _ data: CausalData, _ file: EffectFile, _ reports: [GroupMeasures.Report]
  ) -> Table {
    var table = Table(columns: Self.outputs[0].columns)
    for (grouping, report) in zip(data.groupings, reports) {
      for row in report.groups {
        table.append(
          data.cells + file.cells + [
            .string(grouping.name), .string(grouping.labels[row.group]), .int(row.n),
            .string(row.measure.rawValue),
          ] + Self.cells(row.figure))
      }
    }
    return table
  }

  private func gapTable(
    _ data: CausalData, _ file: EffectFile, _ reports: [GroupMeasures.Report]
  ) -> Table {
    var table = Table(columns: Self.outputs[1].columns)
    for (grouping, report) in zip(data.groupings, reports) {
      let observed = report.gaps.first { $0.measure == .observed }?.figure.value
      for row in report.gaps {
        let explained =
          row.measure == .treated
          ? row.figure.value.flatMap { gap in observed.map { 1 - gap / $0 } }
          : nil
        table.append(
          data.cells + file.cells + [.string(grouping.name), .string(row.measure.rawValue)]
            + Self.cells(row.figure) + [.measured(explained)])
      }
    }
    return table
  }

  private static func cells(_ figure: GroupMeasures.Figure) -> [Value] {
    [
      .measured(figure.value), .measured(figure.interval?.lowerBound),
      .measured(figure.interval?.upperBound), .measured(figure.truth),
    ]
  }

  private func areaTable(
    _ data: CausalData, _ estimate: EffectEstimate, _ clusters: [Int], _ map: AreaMap
  ) -> Table {
    var members = [[Int]](repeating: [], count: map.count)
    for (unit, area) in clusters.enumerated() { members[area].append(unit) }
    var table = Table(columns: Self.outputs[2].columns)
    for (area, units) in members.enumerated() where units.count >= least {
      let effect = Summary.mean(units.map { estimate.effects[$0] })
      table.append(
        data.cells + [
          .string(map.ids[area]), .int(units.count),
          .measured(Summary.mean(units.map { Double(data.outcome[$0]) })), .measured(effect),
          .measured(effect.map { -$0 }),
        ])
    }
    return table
  }

  /// The groups of one trait after those of another, from the worse off on.
  private func figure(
    _ data: CausalData, _ file: EffectFile, _ reports: [GroupMeasures.Report]
  ) -> IntervalChart {
    typealias Mark = IntervalChart.Mark
    func marks(
      _ measure: GroupMeasures.Kind, _ mark: (GroupMeasures.Figure) -> Mark?
    ) -> [Mark?] {
      let traits = reports.map { report in
        report.groups.filter { $0.measure == measure }.map { mark($0.figure) }
      }
      // An empty category parts the traits.
      return Array(traits.joined(separator: [nil]))
    }
    let found = { (figure: GroupMeasures.Figure) in
      figure.value.map { Mark($0, figure.interval) }
    }
    let series = [
      IntervalChart.Series("estimated", marks(.effect, found)),
      IntervalChart.Series("doubly robust", marks(.robust, found)),
      IntervalChart.Series("true", marks(.effect) { figure in figure.truth.map { Mark($0) } }),
    ]
    let categories = data.groupings.map { $0.labels.indices.map { "\($0 + 1)" } }
    var chart = IntervalChart(
      title: "Effect of treatment by group of areas",
      categories: Array(categories.joined(separator: [""])),
      series: series.filter { $0.marks.contains { $0 != nil } })
    let per = NumberText.short(100 * level)
    chart.subtitle = "\(data.name), \(file.estimator); \(per) % intervals by resampled areas"
    let traits = data.groupings.map { grouping in
      "\(grouping.name), \(grouping.labels.first ?? "") to \(grouping.labels.last ?? "")"
    }
    chart.xAxis = traits.joined(separator: "; ")
    chart.yAxis = "mean effect on the outcome"
    return chart
  }
}

import Compute
import Foundation
import Pipeline

/// `equity.report`: how a burden is spread over people, by what their areas are like.
struct EquityStage: Stage {
  static let kind = "equity.report"
  static let version = 1
  static let summary =
    "Describes how a burden of areas is spread over people, by income, minority share and density."
  static let inputs = AreaValues.inputs
  static let outputs = [
    OutputSlot(
      "groups", .table,
      columns: ResultColumns.dataset + [
        Column("column", .string, help: "the burden"),
        Column("by", .string, help: "trait of the area"),
        Column("group", .string, help: "group of areas, the worse off first"),
        Column("areas", .int, help: "areas in the group"),
        Column("people", .double, help: "who live there; areas, where no weight is given"),
        Column("mean", .double, help: "burden, weighted by people"),
      ], help: "one row per trait and group"),
    OutputSlot(
      "indices", .table,
      columns: ResultColumns.dataset + [
        Column("column", .string, help: "the burden"),
        Column("by", .string, help: "trait of the area"),
        Column("n", .int, help: "areas that count"),
        Column("mean", .double, help: "burden, weighted by people"),
        Column("gap", .double, help: "mean of the worst off group less that of the best off"),
        Column("concentration", .double, help: "index by rank; negative: on low ranks"),
        Column("erreygers", .double, help: "the same by Erreygers, for a burden within bounds"),
        Column("gini", .double, help: "Gini index of the burden itself"),
        Column("theil", .double, help: "Theil index of the burden"),
        Column("between", .double, help: "part of Theil between the groups"),
        Column("within", .double, help: "part of Theil within the groups"),
      ], help: "one row per trait"),
    OutputSlot("curves", .figure, help: "Lorenz curve, and concentration curves by trait"),
  ]

  private let values: AreaValues
  private let by: [AreaTrait]
  private let weight: String
  private let groups: Int
  private let scale: Double
  private let bounds: [Double]

  init(_ p: inout ParameterReader) {
    values = AreaValues(&p, default: "rate")
    by = p.choices("by", default: AreaTrait.allCases, help: "traits by which areas are grouped")
    weight = p.string(
      "weight", default: "population", help: "people of an area; '' counts areas instead")
    groups = p.int(
      "groups", default: 5, in: 2...20, help: "groups of equally many areas, cut at quantiles")
    scale = p.double("scale", default: 1, in: .above(0, through: 1e12), help: "of shown means")
    bounds = p.doubles(
      "bounds", default: [], help: "least and largest burden that an area can have; [] for none")
    if !bounds.isEmpty, bounds.count != 2 || bounds[0] >= bounds[1] {
      p.refuse(
        ParameterProblem(
          parameter: "bounds", what: "it is \(bounds)",
          why: "Erreygers' index is taken between a least and a largest burden",
          fix: "write two ascending numbers, or []"))
    }
  }

  var estimate: Estimate { .small }

  private struct Sample {
    let y: [Double]
    let weights: [Double]
    let trait: [Double]
    let group: [Int]

    func mean(of members: [Int]) -> Double? {
      let people = members.reduce(0) { $0 + weights[$1] }
      return people > 0 ? members.reduce(0) { $0 + weights[$1] * y[$1] } / people : nil
    }
  }

  func run(_ context: StageContext) throws {
    let map = try AreaMap(reading: context.input("tracts").url)
    let numbers = try values.read(context, map)
    let people = weight.isEmpty ? map.ids.map { _ in 1.0 } : try map.numbers(weight)
    var table = Table(columns: Self.outputs[0].columns)
    var indices = Table(columns: Self.outputs[1].columns)
    var lines: [LineChart.Series] = []
    for trait in by {
      let sample = try sample(map, numbers, people, trait)
      append(sample, trait, map, to: &table, &indices)
      if lines.isEmpty {
        lines.append(
          Self.line("ranked by itself", sample.y, by: sample.y, weights: sample.weights))
      }
      lines.append(
        Self.line("by \(trait.rawValue)", sample.y, by: sample.trait, weights: sample.weights))
    }
    try table.write(to: context, "groups")
    try indices.write(to: context, "indices")
    var chart = LineChart(
      title: "Who bears it: \(values.name)",
      series: lines + [LineChart.Series("equal", [.init(0, 0), .init(100, 100)])])
    chart.subtitle = map.name + ", people from the lowest rank up"
    chart.xAxis = "people, %"
    chart.yAxis = "share of the burden, %"
    chart.yRange = 0...100
    try Data(chart.svg.utf8).write(to: context.output("curves"))
  }

  private func sample(
    _ map: AreaMap, _ numbers: [Double?], _ people: [Double?], _ trait: AreaTrait
  ) throws -> Sample {
    let traits = try map.numbers(trait.rawValue)
    let units = map.ids.indices.filter { area in
      numbers[area] != nil && traits[area] != nil && (people[area] ?? 0) > 0
    }
    let known = units.map { traits[$0] }
    let sample = Sample(
      y: units.compactMap { numbers[$0] }, weights: units.compactMap { people[$0] },
      trait: known.compactMap(\.self),
      group: trait.groups(known, count: groups).compactMap(\.self))
    guard units.count >= groups, sample.y.allSatisfy({ $0 >= 0 }),
      sample.y.contains(where: { $0 > 0 })
    else {
      let negative = zip(units, sample.y).first { $0.1 < 0 }
      throw StageFailure(
        at: "column \(values.column)",
        negative.map { "area \(map.ids[$0.0]) has \($0.1)" }
          ?? "\(units.count) areas with a number, all of them 0 or too few",
        why: "shares of a burden need numbers of at least 0 and \(groups) areas",
        fix: "name a burden: a rate, a mean severity, a count")
    }
    if let outside = zip(units, sample.y).first(where: { !isPossible($0.1) }) {
      throw StageFailure(
        at: "parameter bounds", "area \(map.ids[outside.0]) has \(outside.1)",
        why: "every burden lies within \(bounds[0]) and \(bounds[1])",
        fix: "write wider bounds, or []")
    }
    return sample
  }

  private func isPossible(_ burden: Double) -> Bool {
    bounds.isEmpty || (bounds[0]...bounds[1]).contains(burden)
  }

  private func append(
    _ sample: Sample, _ trait: AreaTrait, _ map: AreaMap, to table: inout Table,
    _ indices: inout Table
  ) {
    let leading = map.cells + [.string(values.name), .string(trait.rawValue)]
    var means: [Double?] = []
    for (index, label) in trait.labels(groups).enumerated() {
      let members = sample.group.indices.filter { sample.group[$0] == index }
      means.append(sample.mean(of: members).map { $0 * scale })
      table.append(
        leading + [
          .string(label), .int(members.count),
          .double(members.reduce(0) { $0 + sample.weights[$1] }), .measured(means[index]),
        ])
    }
    let theil = Inequality.theil(sample.y, groups: sample.group, weights: sample.weights)
    let gap = means.first.flatMap { $0 }.flatMap { worst in
      means.last.flatMap { $0 }.map { worst - $0 }
    }
    indices.append(
      leading + [
        .int(sample.y.count),
        .measured(sample.mean(of: Array(sample.y.indices)).map { $0 * scale }),
        .measured(gap),
        .measured(
          Inequality.concentration(of: sample.y, by: sample.trait, weights: sample.weights)),
        .measured(
          bounds.isEmpty
            ? nil
            : Inequality.erreygers(
              of: sample.y, by: sample.trait, weights: sample.weights,
              bounds: bounds[0]...bounds[1])),
        .measured(Inequality.gini(sample.y, weights: sample.weights)), .double(theil.total),
        .double(theil.between), .double(theil.within),
      ])
  }

  /// At most 100 points: a curve of thousands says no more.
  private static func line(
    _ name: String, _ y: [Double], by rank: [Double], weights: [Double]
  ) -> LineChart.Series {
    let curve = Inequality.curve(of: y, by: rank, weights: weights)
    let step = max(1, curve.count / 25)
    let shown = curve.indices.filter { $0 % step == 0 || $0 == curve.count - 1 }
    return LineChart.Series(
      name, shown.map { LineChart.Point(100 * curve[$0].people, 100 * curve[$0].share) })
  }
}

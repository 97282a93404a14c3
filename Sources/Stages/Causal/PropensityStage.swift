import Compute
import Foundation
import Pipeline

/// `causal.propensity`: the probability of treatment of each unit, with what it says about overlap
/// and balance.
struct PropensityStage: Stage {
  static let kind = "causal.propensity"
  static let version = 1
  static let summary = "Estimates propensities; shows overlap and balance of the arms."
  static let inputs = [InputSlot("data", .dataset, help: "units")]
  static let outputs = [
    OutputSlot("propensity", .tensors, help: "cross-fitted and clipped, of all units"),
    OutputSlot(
      "overlap", .table,
      columns: ResultColumns.dataset + [
        Column("arm", .string, help: "treated or untreated"),
        Column("n", .int, help: "units"),
        Column("least", .double, help: "smallest propensity, before clipping"),
        Column("most", .double, help: "largest propensity, before clipping"),
        ResultColumns.share("outside", of: "n", help: "propensities outside 0.05...0.95"),
        Column("clipped", .int, help: "units whose propensity was clipped"),
        Column("effective", .double, unit: "units", help: "effective size under the weights"),
      ], help: "one row per arm"),
    OutputSlot(
      "balance", .table,
      columns: ResultColumns.dataset + [
        Column("column", .string, help: "covariate"),
        Column("before", .double, help: "standardised difference of the arms' means"),
        Column("after", .double, help: "the same under inverse propensity weights"),
        Column("flagged", .bool, help: "whether it stays above 0.1 in size"),
      ], help: "one row per covariate"),
    OutputSlot("histogram", .figure, help: "propensities by arm"),
  ]

  private enum Model: String, CaseIterable { case logistic, net }

  private let model: Model
  private let width: Int
  private let steps: Int
  private let folds: Int
  private let clip: Double
  private let leastOverlap: Double
  private let seed: Int

  init(_ p: inout ParameterReader) {
    model = p.choice(
      "model", default: .logistic, help: "a logistic line, or a network of one hidden layer")
    width = p.int("width", default: 32, in: 1...4096, help: "net: of the hidden layer")
    steps = p.int("steps", default: 1000, in: 1...1_000_000, help: "net: of each network")
    folds = p.int("folds", default: 5, in: 2...50, help: "parts of the cross-fitting")
    clip = p.double(
      "clip", default: 0.02, in: .closed(0, 0.2),
      help: "propensities are kept in clip ... 1 - clip")
    leastOverlap = p.double(
      "least_overlap", default: 0.05, in: .closed(0, 1), unit: "fraction",
      help: "units that must have a propensity in 0.05...0.95")
    seed = p.int("seed", default: 1, in: 0...Int.max, help: "of the parts")
  }

  var estimate: Estimate {
    let networks = model == .net ? Double(folds * steps) * 1e-3 : 0
    return Estimate(cpuSeconds: 1 + networks, memoryBytes: 256 << 20)
  }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    let data = try CausalData(reading: input.url)
    let raw = try propensities(data.sample, context)
    let inside = raw.count { (0.05...0.95).contains($0) }
    guard Double(inside) >= leastOverlap * Double(data.count) else {
      throw StageFailure(
        at: "input data", "\(inside) of \(data.count) propensities lie in 0.05...0.95",
        why: "the arms hardly overlap: effects would be extrapolated, not compared",
        fix: "restrict the data to units that could have had either treatment")
    }
    let kept = raw.map { min(max($0, clip), 1 - clip) }
    let clipped = zip(raw, kept).count { $0 != $1 }
    context.log("\(clipped) of \(data.count) propensities clipped to \(clip)...\(1 - clip)")
    try PropensityFile.write(kept, of: input, to: context.output("propensity"))
    try overlap(data, raw, kept).write(to: context, "overlap")
    try balance(data, kept).write(to: context, "balance")
    try Data(histogram(data, raw).svg.utf8).write(to: context.output("histogram"))
  }

  private func propensities(_ sample: CausalSample, _ context: StageContext) throws -> [Double] {
    let fitting = CrossFitting(sample, folds: folds, seed: UInt64(seed))
    guard model == .net else { return fitting.propensities() }
    var training = OutcomeTrainer.Settings()
    (training.steps, training.learningRate) = (steps, 5e-3)
    do throws(TrainingFailure) {
      return try fitting.propensities(
        networkOf: width, training, lanes: Lanes(context.lanes),
        isCancelled: { context.isStopping })
    } catch {
      throw error.inStages(lossOf: "the propensity network")
    }
  }

  private func arms(_ data: CausalData) -> [(name: String, rows: [Int])] {
    let rows = data.sample.arms(Array(0..<data.count))
    return [("untreated", rows[0]), ("treated", rows[1])]
  }

  private func overlap(_ data: CausalData, _ raw: [Double], _ kept: [Double]) -> Table {
    var table = Table(columns: Self.outputs[1].columns)
    for arm in arms(data) {
      let own = arm.rows.map { raw[$0] }
      let weights = arm.rows.map {
        AverageEffect.Unit.weight(kept[$0], treated: arm.name == "treated")
      }
      table.append(
        data.cells + [
          .string(arm.name), .int(own.count), .measured(own.min()), .measured(own.max()),
          .double(Double(own.count { !(0.05...0.95).contains($0) }) / Double(own.count)),
          .int(arm.rows.count { raw[$0] != kept[$0] }),
          .double(Overlap.effectiveSize(weights)),
        ])
    }
    return table
  }

  private func balance(_ data: CausalData, _ kept: [Double]) -> Table {
    var table = Table(columns: Self.outputs[2].columns)
    let names = data.columns.filter { $0.role == .feature }.map(\.name)
    let sample = data.sample
    let rows = sample.arms(Array(0..<data.count))
    let covariates = rows.map { sample.covariates($0) }
    let weights = (0..<2).map { arm in
      rows[arm].map { AverageEffect.Unit.weight(kept[$0], treated: arm == 1) }
    }
    for (index, name) in names.enumerated() {
      let (low, high) = (covariates[0].map { $0[index] }, covariates[1].map { $0[index] })
      let before = Overlap.standardisedDifference(high, low)
      let after = Overlap.standardisedDifference(
        high, low, weights: (a: weights[1], b: weights[0]))
      table.append(
        data.cells + [.string(name), .double(before), .double(after), .bool(abs(after) > 0.1)])
    }
    return table
  }

  /// Shares of each arm in twenty classes.
  private func histogram(_ data: CausalData, _ raw: [Double]) -> LineChart {
    let series = arms(data).map { arm in
      var counts = [Int](repeating: 0, count: 20)
      for row in arm.rows { counts[min(19, Int(raw[row] * 20))] += 1 }
      return LineChart.Series(
        arm.name,
        counts.enumerated().map { index, count in
          LineChart.Point(
            (Double(index) + 0.5) / 20, 100 * Double(count) / Double(max(1, arm.rows.count)))
        })
    }
    var chart = LineChart(title: "Overlap of the arms", series: series)
    chart.subtitle = data.name
    chart.xAxis = "propensity, in classes of 0.05"
    chart.yAxis = "units of the arm, %"
    chart.legend = "arm"
    return chart
  }
}

import Compute
import Foundation
import Pipeline

/// `spatial.autocorr`: whether near areas are alike, over the whole map and place by place.
struct AutocorrelationStage: Stage {
  static let kind = "spatial.autocorr"
  static let version = 1
  static let summary =
    "Measures spatial autocorrelation of a number: Moran's I, Geary's C and local clusters."
  static let inputs =
    AreaValues.inputs + [
      InputSlot("adjacency", .json, help: "neighbours, from the stage that made the map")
    ]
  static let outputs = [
    OutputSlot(
      "global", .table,
      columns: ResultColumns.dataset + [
        Column("column", .string, help: "the number"),
        Column("n", .int, help: "areas that count"),
        Column("unknown", .int, help: "areas left out: their number is not known, or too few live"),
        Column("islands", .int, help: "areas left out: no neighbour counts"),
        Column("moran", .double, help: "Moran's I"),
        Column("expected", .double, help: "of I without correlation"),
        Column("z", .double, help: "standard deviations from it, under randomisation"),
        Column("p", .double, help: "pseudo p-value of random permutations"),
        Column("geary", .double, help: "Geary's C; 1 without correlation"),
        Column("clusters", .int, help: "significant local indices"),
        Column("hot", .int, help: "high areas among high ones"),
        Column("cold", .int, help: "low areas among low ones"),
      ], help: "one row"),
    OutputSlot(
      "lisa", .table,
      columns: ResultColumns.dataset + [
        Column("area", .string, help: "name of the area"),
        Column("value", .double, help: "its number"),
        Column("lag", .double, help: "mean of its neighbours"),
        Column("local", .double, help: "local Moran's I"),
        Column("quadrant", .string, help: "HH, LH, LL or HL: itself, then its neighbours"),
        Column("p", .double, help: "pseudo p-value of conditional permutations"),
        Column("significant", .bool, help: "at the false discovery rate"),
      ], help: "one row per area that counts"),
  ]

  private let values: AreaValues
  private let permutations: Int
  private let rate: Double
  private let seed: Int

  init(_ p: inout ParameterReader) {
    values = AreaValues(&p, default: "income")
    permutations = p.int("permutations", default: 999, in: 99...99_999, help: "random maps")
    rate = p.double(
      "fdr", default: 0.05, in: .open(0, 1), help: "share of the local clusters that may be false")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the permutations")
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: Double(permutations) / 200, memoryBytes: 256 << 20)
  }

  func run(_ context: StageContext) throws {
    let map = try AreaMap(reading: context.input("tracts").url)
    let adjacency = try Adjacency(reading: context.input("adjacency").url)
    try adjacency.check(against: map)
    let numbers = try values.read(context, map)
    let known = numbers.indices.filter { numbers[$0] != nil }
    let units = adjacency.weights.connected(among: known)
    let sample = units.compactMap { numbers[$0] }
    guard units.count >= 4, Set(sample).count > 1 else {
      throw StageFailure(
        at: "column \(values.column)",
        units.count < 4
          ? "\(units.count) areas have a number and a neighbour"
          : "all \(units.count) areas have the number \(sample[0])",
        why: "correlation needs 4 areas with numbers that differ",
        fix: "name another column, or keep more areas")
    }
    context.log(
      "\(units.count) areas; left out: \(map.count - known.count) without a number,"
        + " \(known.count - units.count) without a neighbour")
    let weights = adjacency.weights.restricted(to: units)
    let lanes = Lanes(context.lanes)
    let p = Moran.permutationP(
      sample, weights: weights, permutations: permutations, seed: UInt64(seed), lanes: lanes)
    try context.checkCancellation()
    let local = LocalMoran(sample, weights: weights)
    let pValues = local.pValues(permutations: permutations, seed: UInt64(seed), lanes: lanes)
    let isSignificant = benjaminiHochberg(pValues, rate: rate)
    var lisa = Table(columns: Self.outputs[1].columns)
    for (place, unit) in units.enumerated() {
      lisa.append(
        map.cells + [
          .string(map.ids[unit]), .double(sample[place]),
          .double(weights.lag(sample, at: place)), .double(local.indices[place]),
          .string(local.quadrants[place].label), .double(pValues[place]),
          .bool(isSignificant[place]),
        ])
    }
    try lisa.write(to: context, "lisa")
    let counts = [units.count, map.count - known.count, known.count - units.count]
    try globalTable(
      map, counts, Moran(sample, weights: weights), p,
      clusters: zip(local.quadrants, isSignificant).filter(\.1).map(\.0)
    ).write(to: context, "global")
  }

  /// - Parameters:
  ///   - map: of the areas.
  ///   - counts: areas that count, without a number, and without a neighbour.
  ///   - moran: of those that count.
  ///   - p: its pseudo p-value.
  ///   - clusters: quadrants of the significant areas.
  /// - Returns: one row.
  private func globalTable(
    _ map: AreaMap, _ counts: [Int], _ moran: Moran, _ p: Double,
    clusters: [LocalMoran.Quadrant]
  ) -> Table {
    var table = Table(columns: Self.outputs[0].columns)
    table.append(
      map.cells + [.string(values.name)] + counts.map(Value.int) + [
        .double(moran.index), .double(moran.expectation), .double(moran.randomScore), .double(p),
        .double(moran.geary), .int(clusters.count), .int(clusters.count { $0 == .highHigh }),
        .int(clusters.count { $0 == .lowLow }),
      ])
    return table
  }
}

extension LocalMoran.Quadrant {
  var label: String {
    switch self {
    case .highHigh: "HH"
    case .lowHigh: "LH"
    case .lowLow: "LL"
    case .highLow: "HL"
    }
  }
}

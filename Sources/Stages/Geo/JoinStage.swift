import Compute
import Foundation
import Pipeline

/// `geo.join`: which area each crash lies in.
struct JoinStage: Stage {
  static let kind = "geo.join"
  static let version = 1
  static let summary = "Finds the area that each crash lies in, and counts crashes by area."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("crashes", .dataset, help: "units of crash.load"),
    InputSlot("places", .table, help: "places of crash.load"),
    InputSlot("tracts", .json, help: "the map, from geo.tracts"),
  ]
  static let outputs = [
    OutputSlot(
      "crashes", .dataset,
      help: "units that lie in an area, with it as cluster and its traits as groupings"),
    OutputSlot(
      "areas", .table,
      columns: ResultColumns.dataset + [
        Column("area", .string, help: "name of the area"),
        Column("crashes", .int, help: "crashes in it"),
        Column("rate", .double, unit: "per 10,000", help: "crashes per 10,000 people"),
      ], help: "one row per area"),
    OutputSlot(
      "joined", .table,
      columns: ResultColumns.dataset + [
        Column("id", .string, help: "names the crash"),
        Column("area", .string, help: "area that it lies in; null: none"),
        Column("how", .string, help: "inside, nearest, none, or unknown place"),
      ], help: "one row per crash"),
    OutputSlot(
      "summary", .table,
      columns: ResultColumns.dataset + [
        Column("quantity", .string, help: "what is counted"), Column("value", .double),
      ], help: "how many were matched"),
  ]

  private let limit: Double
  private let reach: Double
  private let groups: Int

  init(_ p: inout ParameterReader) {
    limit = p.double(
      "max_unmatched", default: 0.05, in: .closed(0, 1), unit: "fraction",
      help: "crashes that may lie in no area")
    reach = p.double(
      "nearest_within_m", default: 0, in: .closed(0, 100_000), unit: "metres",
      help: "a crash outside of all areas belongs to the nearest, if it is so near")
    groups = p.int("groups", default: 5, in: 2...20, help: "groups of areas by each trait")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 1, memoryBytes: 512 << 20) }

  private struct Crash {
    let id: String
    let point: MapPoint?
    let unit: Int?
    var area: Int?
    var how = "unknown place"
  }

  func run(_ context: StageContext) throws {
    let map = try AreaMap(reading: context.input("tracts").url)
    let data = try CausalData(reading: context.input("crashes").url)
    var crashes = try read(context.input("places").url, units: data.count)
    let index = AreaIndex(map.shapes)
    for (row, crash) in crashes.enumerated() {
      guard let point = crash.point else { continue }
      crashes[row].area = index.area(at: point)
      crashes[row].how = crashes[row].area == nil ? "none" : "inside"
      if crashes[row].area == nil, reach > 0, let metres = map.metresPerUnit {
        crashes[row].area = index.nearest(
          to: point, within: reach / metres, xScale: map.xScale)
        if crashes[row].area != nil { crashes[row].how = "nearest" }
      }
    }
    let unmatched = crashes.filter { $0.area == nil }
    guard Double(unmatched.count) <= limit * Double(crashes.count) else {
      let shown = unmatched.prefix(3).map(\.id).joined(separator: ", ")
      throw StageFailure(
        at: "parameter max_unmatched",
        "\(unmatched.count) of \(crashes.count) crashes lie in no area of \(map.name): \(shown)",
        why: "at most \(NumberText.short(100 * limit)) % may",
        fix: "use a map that covers the crashes, filter them, or write a larger max_unmatched")
    }
    context.log("\(crashes.count - unmatched.count) of \(crashes.count) crashes lie in an area")
    try joined(data, crashes, map).write(to: context.output("crashes"))
    try areas(data, crashes, map).write(to: context, "areas")
    var table = Table(columns: Self.outputs[2].columns)
    for crash in crashes {
      table.append(
        data.cells + [
          .string(crash.id), crash.area.map { .string(map.ids[$0]) } ?? .null, .string(crash.how),
        ])
    }
    try table.write(to: context, "joined")
    try summary(data, crashes, map).write(to: context, "summary")
  }

  private func read(_ url: URL, units: Int) throws -> [Crash] {
    let table = try Table(canonicalData: Data(contentsOf: url))
    guard table.columns == LoadStage.outputs[1].columns else {
      throw StageFailure(
        at: "input places", "its columns are " + table.columns.map(\.name).joined(separator: ", "),
        why: "a table of places names each crash, its coordinates and its unit",
        fix: "connect 'places' of crash.load")
    }
    return try table.rows.map { row in
      var unit: Int?
      if case .int(let number) = row[5] { unit = number }
      guard unit.map((0..<units).contains) ?? true else {
        throw StageFailure(
          at: "input places", "crash \(row[2].plainText) is unit \(unit ?? 0) of \(units)",
          why: "places and crashes belong together",
          fix: "connect both outputs of the same crash.load")
      }
      let point = row[3].number.flatMap { x in row[4].number.map { MapPoint(x, $0) } }
      return Crash(id: row[2].plainText, point: point, unit: unit)
    }
  }

  /// The units that lie in an area.
  private func joined(_ data: CausalData, _ crashes: [Crash], _ map: AreaMap) throws -> CausalData {
    let kept = crashes.compactMap { crash in
      crash.unit.flatMap { unit in
        crash.area.flatMap { area in crash.point.map { (unit: unit, area: area, point: $0) } }
      }
    }
    let (values, width) = (data.x.values, data.columns.count)
    var joined = CausalData(
      name: data.name, hash: SHA256.hex(of: data.hash + " " + map.hash), columns: data.columns,
      x: Tensor(
        kept.flatMap { values[$0.unit * width..<($0.unit + 1) * width] },
        shape: [kept.count, width]),
      treatment: kept.map { data.treatment[$0.unit] }, outcome: kept.map { data.outcome[$0.unit] })
    joined.cluster = kept.map { Int32($0.area) }
    joined.place = Tensor(
      kept.flatMap { [Float($0.point.x), Float($0.point.y)] }, shape: [kept.count, 2])
    for trait in AreaTrait.allCases where map.attributes[trait.rawValue] != nil {
      joined.groupings.append(
        try trait.grouping(of: map, areas: kept.map(\.area), count: groups))
    }
    try joined.check(at: "input crashes")
    return joined
  }

  private func counts(_ crashes: [Crash], _ map: AreaMap) -> [Int] {
    crashes.reduce(into: [Int](repeating: 0, count: map.count)) { counts, crash in
      if let area = crash.area { counts[area] += 1 }
    }
  }

  private func areas(_ data: CausalData, _ crashes: [Crash], _ map: AreaMap) -> Table {
    let people = map.attributes["population"]
    var table = Table(columns: Self.outputs[1].columns)
    for (area, count) in counts(crashes, map).enumerated() {
      let known = people.flatMap { $0[area] }.flatMap { $0 > 0 ? $0 : nil }
      table.append(
        data.cells + [
          .string(map.ids[area]), .int(count), .measured(known.map { 10_000 * Double(count) / $0 }),
        ])
    }
    return table
  }

  private func summary(_ data: CausalData, _ crashes: [Crash], _ map: AreaMap) -> Table {
    let counts = counts(crashes, map)
    var table = Table(columns: Self.outputs[3].columns)
    let rows: [(String, Int)] = [
      ("crashes", crashes.count), ("inside an area", crashes.count { $0.how == "inside" }),
      ("nearest to an area", crashes.count { $0.how == "nearest" }),
      ("in no area", crashes.count { $0.how == "none" }),
      ("place not known", crashes.count { $0.point == nil }), ("areas", map.count),
      ("areas with a crash", counts.count { $0 > 0 }), ("most in one area", counts.max() ?? 0),
    ]
    for (quantity, value) in rows {
      table.append(data.cells + [.string(quantity), .int(value)])
    }
    return table
  }
}

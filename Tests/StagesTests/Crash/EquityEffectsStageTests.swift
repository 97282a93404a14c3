import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// The stages after the generator, on a small drawn world with lines for each arm.
@Suite struct EquityEffectsStageTests {
  private func study(_ bench: StageBench) throws -> [String: [StageBench.Output]] {
    let crashes = try bench.run("crash.synth", ["grid": .int(8), "n": .int(1500)])
    let halves = try bench.run("causal.split", inputs: ["data": crashes.one("crashes")])
    let lines = try bench.run(
      "causal.fit", ["estimator": .string("ols_t")], inputs: ["data": halves.one("data")])
    let chances = try bench.run("causal.propensity", inputs: ["data": halves.one("data")])
    return [
      "data": halves.one("data"), "effects": lines.one("effects"),
      "tracts": crashes.one("tracts"), "propensity": chances.one("propensity"),
    ]
  }

  private func only(
    _ slots: [String], _ all: [String: [StageBench.Output]]
  ) -> [String: [StageBench.Output]] { all.filter { slots.contains($0.key) } }

  @Test func gapsAreDifferencesOfTheirGroups() throws {
    let bench = try StageBench()
    let study = try study(bench)
    let inputs = only(["data", "effects", "tracts"], study)
    let outputs = try bench.run("equity.effects", ["draws": .int(50)], inputs: inputs)
    let groups = try #require(outputs["groups"]).table
    let gaps = try #require(outputs["gaps"]).table
    let data = try CausalData(reading: #require(study["data"]?.first).url)
    func cells(_ table: Table, _ by: String, _ measure: String) -> [[Value]] {
      let (byAt, measureAt) = (4, table.columns.firstIndex { $0.name == "measure" } ?? 0)
      return table.rows.filter {
        $0[byAt] == .string(by) && $0[measureAt] == .string(measure)
      }
    }
    for grouping in data.groupings {
      for measure in ["effect", "observed", "untreated", "treated"] {
        let rows = cells(groups, grouping.name, measure)
        #expect(rows.count == 5)
        let at = groups.columns.firstIndex { $0.name == "value" } ?? 0
        let gapAt = gaps.columns.firstIndex { $0.name == "value" } ?? 0
        let first = try #require(rows[0][at].number)
        let last = try #require(rows[4][at].number)
        let gap = try #require(cells(gaps, grouping.name, measure).first)
        #expect(abs(try #require(gap[gapAt].number) - (first - last)) < 1e-12)
        let low = try #require(gap[gapAt + 1].number)
        let high = try #require(gap[gapAt + 2].number)
        #expect(low < first - last && first - last < high)
      }
    }
    // The mean of a group is that of its members.
    let income = try #require(data.groupings.first { $0.name == "income" })
    let poorest = income.members.indices.filter { income.members[$0] == 0 }
    let mean = poorest.reduce(0) { $0 + Double(data.outcome[$1]) } / Double(poorest.count)
    let row = try #require(cells(groups, "income", "observed").first)
    #expect(row[6] == .int(poorest.count))
    #expect(abs(try #require(row[8].number) - mean) < 1e-12)
    let again = try bench.run(
      "equity.effects", ["draws": .int(50)], inputs: inputs, lanes: 2)
    #expect(try again["gaps"]?.hash == outputs["gaps"]?.hash)
  }

  /// Doubly robust means are of the 450 test units; their intervals hold the outcomes' errors, too.
  @Test func propensitiesGiveDoublyRobustGroups() throws {
    let bench = try StageBench()
    let study = try study(bench)
    let outputs = try bench.run("equity.effects", ["draws": .int(50)], inputs: study)
    let groups = try #require(outputs["groups"]).table
    func column(_ name: String, _ measure: String) throws -> [Double] {
      let places = try ["by", "measure", name].map { name in
        try #require(groups.columns.firstIndex { $0.name == name })
      }
      return groups.rows.filter {
        $0[places[0]] == .string("income") && $0[places[1]] == .string(measure)
      }.compactMap { $0[places[2]].number }
    }
    #expect(try column("n", "robust").reduce(0, +) == 450)
    #expect(try column("truth", "robust").count == 5)
    let widths = try ["effect", "robust"].map { measure in
      try zip(column("low", measure), column("high", measure)).map { $1 - $0 }
    }
    #expect(zip(widths[0], widths[1]).allSatisfy { $0 < $1 })
    let svg = String(decoding: try #require(outputs["figure"]).data, as: UTF8.self)
    for name in ["estimated", "doubly robust", "true", "income, poorest to richest"] {
      #expect(svg.contains(name), "\(name)")
    }
    let forest = try bench.run(
      "causal.fit", ["estimator": .string("causal_forest")], inputs: only(["data"], study))
    #expect(
      throws: StageFailure(
        at: "input effects", "causal_forest predicts no outcomes",
        why: "a doubly robust score corrects predicted outcomes",
        fix: "use an estimator of both outcomes, as tarnet or ols_t")
    ) {
      try bench.run(
        "equity.effects", inputs: study.merging(["effects": forest.one("effects")]) { $1 })
    }
  }

  @Test func calibrationPutsTestUnitsIntoGroups() throws {
    let bench = try StageBench()
    let outputs = try bench.run(
      "causal.calibration", inputs: only(["data", "effects", "propensity"], study(bench)))
    let groups = try #require(outputs["groups"]).table
    // Three tenths of 1,500, in fifths.
    #expect(groups.column("n").compactMap(\.number).reduce(0, +) == 450)
    let estimated = groups.column("estimated").compactMap(\.number)
    #expect(estimated == estimated.sorted())
    // Losses have no scale: a neighbour's outcome differs by some level of severity.
    let slope = try #require(outputs["slope"]).table
    for (column, range) in [("dr_loss", 0.5...20), ("r_loss", 0.2...3), ("nearest_pehe", 0.5...3)] {
      let loss = try #require(slope.column(column)[0].number)
      #expect(range.contains(loss), "\(column): \(loss)")
    }
    let svg = String(decoding: try #require(outputs["figure"]).data, as: UTF8.self)
    #expect(svg.contains(">doubly robust</text>") && svg.contains(">true</text>"))
  }

  /// 4 mu C / (high - low), which does not depend on the level of the burden.
  @Test func aBoundedBurdenHasErreygersIndex() throws {
    let bench = try StageBench()
    let study = try study(bench)
    let areas = try bench.run(
      "equity.effects", ["draws": .int(20)], inputs: only(["data", "effects", "tracts"], study))
    let inputs = ["tracts": study["tracts"] ?? [], "values": areas.one("areas")]
    func indices(_ high: Int) throws -> Table {
      try #require(
        bench.run(
          "equity.report",
          ["column": .string("outcome"), "bounds": .list([.int(0), .int(high)])],
          inputs: inputs)["indices"]
      ).table
    }
    let table = try indices(3)
    for row in table.rows.indices {
      func number(_ column: String) throws -> Double {
        try #require(table.column(column)[row].number)
      }
      let expected = try 4 * number("mean") * number("concentration") / 3
      #expect(abs(try number("erreygers") - expected) < 1e-12)
    }
    #expect {
      _ = try indices(1)
    } throws: {
      let failure = $0 as? StageFailure
      return failure?.location == "parameter bounds"
        && failure?.why == "every burden lies within 0.0 and 1.0"
    }
  }

  /// One cluster tells nothing of how clusters differ; one label leaves nothing to compare.
  @Test func refusesToCompareOneWithItself() throws {
    let bench = try StageBench()
    let crashes = try bench.run("crash.synth", ["grid": .int(6), "n": .int(300)])
    let halves = try bench.run("causal.split", inputs: ["data": crashes.one("crashes")])
    var data = try CausalData(reading: halves.one("data")[0].url)
    data.cluster = data.cluster?.map { _ in 0 }
    data.groupings = [
      .init(name: "side", labels: ["all"], members: data.treatment.map { _ in 0 })
    ]
    let url = bench.folder.appending(path: "changed")
    try data.write(to: url)
    let changed = ["data": [StageBench.Output(url: url, labels: [])]]
    let effects = try bench.run("causal.fit", ["estimator": .string("ols_t")], inputs: changed)
    let chances = try bench.run("causal.propensity", inputs: changed)
    let fitted = changed.merging(["effects": effects.one("effects")]) { $1 }
    let groups = try #require(
      bench.run(
        "causal.calibration",
        inputs: fitted.merging(["propensity": chances.one("propensity")]) { $1 })["groups"]
    ).table
    #expect(groups.column("robust_se") == [Value](repeating: .null, count: 5))
    #expect(groups.column("robust").allSatisfy { $0.number != nil })
    #expect(
      throws: StageFailure(
        at: "input data", "the grouping 'side' has 1 labels",
        why: "its first group is compared with its last",
        fix: "name every group in the metadata")
    ) {
      try bench.run(
        "equity.effects", inputs: fitted.merging(["tracts": crashes.one("tracts")]) { $1 })
    }
  }

  @Test func mapsHaveALegendAndAScale() throws {
    let bench = try StageBench()
    let crashes = try bench.run("crash.synth", ["grid": .int(10), "n": .int(200)])
    let inputs = ["tracts": crashes.one("tracts")]
    let map = try bench.run(
      "crash.map", ["column": .string("income"), "unit": .string("dollars"), "decimals": .int(0)],
      inputs: inputs)
    let svg = String(decoding: try #require(map["map"]).data, as: UTF8.self)
    #expect(svg.contains(">grid 10x10, 100 areas</text>"))
    #expect(svg.contains(">dollars</text>") && svg.contains(">2 cells</text>"))
    #expect(svg.components(separatedBy: "(20)</text>").count == 6)
    #expect(svg.components(separatedBy: "<path ").count == 6)
    let near = try bench.run(
      "spatial.autocorr", ["permutations": .int(99)],
      inputs: inputs.merging(["adjacency": crashes.one("adjacency")]) { $1 })
    let clusters = try bench.run(
      "crash.map", inputs: inputs.merging(["lisa": near.one("lisa")]) { $1 })
    let text = String(decoding: try #require(clusters["map"]).data, as: UTF8.self)
    #expect(text.contains(">high among high  ("))
    #expect(
      throws: StageFailure(
        at: "input lisa", "the table has no columns area, quadrant and significant",
        why: "its columns are dataset, dataset_hash, quantity, value",
        fix: "connect 'lisa' of spatial.autocorr")
    ) {
      try bench.run("crash.map", inputs: inputs.merging(["lisa": crashes.one("truth")]) { $1 })
    }
  }

  /// Only the lowest row of cells has a value: the row that borders on it is drawn, too.
  @Test func mapsReachAsFarAsTheirValues() throws {
    let bench = try StageBench()
    let crashes = try bench.run("crash.synth", ["grid": .int(6), "n": .int(200)])
    let tracts = crashes.one("tracts")
    let map = try AreaMap(reading: #require(tracts.first).url)
    var values = Table(columns: [Column("area", .string), Column("share", .double)])
    for area in 0..<6 { values.append([.string(map.ids[area]), .double(Double(area))]) }
    let file = bench.folder.appending(path: "values")
    try values.canonicalData.write(to: file)
    let chart = try bench.run(
      "crash.map", ["column": .string("share"), "bins": .int(2)],
      inputs: ["tracts": tracts, "values": [StageBench.Output(url: file, labels: [])]])
    let svg = String(decoding: try #require(chart["map"]).data, as: UTF8.self)
    #expect(
      svg.contains(">grid 6x6, 36 areas, 24 of them without a value beyond this map</text>"))
    #expect(svg.contains(">no value  (6)</text>") && svg.contains(">0.00 to 2.50  (3)</text>"))
  }

  @Test func refusesAMapOfOtherAreas() throws {
    let bench = try StageBench()
    let study = try study(bench)
    let other = try bench.run("crash.synth", ["grid": .int(6), "n": .int(200)])
    #expect(
      throws: StageFailure(
        at: "input data", "its units lie in no area of the map grid 6x6",
        why: "intervals resample areas", fix: "use the output of crash.synth or geo.join")
    ) {
      try bench.run(
        "equity.effects",
        inputs: [
          "data": study["data"] ?? [], "effects": study["effects"] ?? [],
          "tracts": other.one("tracts"),
        ])
    }
    let crashes = try bench.run("crash.synth", ["grid": .int(8), "n": .int(200)])
    #expect(
      throws: StageFailure(
        at: "input adjacency", "its areas are not those of the map grid 8x8",
        why: "neighbours are numbered in the order of the map",
        fix: "connect 'tracts' and 'adjacency' of the same stage")
    ) {
      try bench.run(
        "spatial.autocorr",
        inputs: ["tracts": crashes.one("tracts"), "adjacency": other.one("adjacency")])
    }
    #expect(
      throws: StageFailure(
        at: "column benefit", "area r00c00 has -1.0",
        why: "shares of a burden need numbers of at least 0 and 5 areas",
        fix: "name a burden: a rate, a mean severity, a count")
    ) {
      let map = try AreaMap(reading: #require(crashes["tracts"]).url)
      var spoilt = map
      spoilt.attributes["benefit"] = [-1] + [Double?](repeating: 1, count: map.count - 1)
      let file = bench.folder.appending(path: "spoilt")
      try spoilt.data.write(to: file)
      try bench.run(
        "equity.report", ["column": .string("benefit")],
        inputs: ["tracts": [StageBench.Output(url: file, labels: [])]])
    }
  }
}

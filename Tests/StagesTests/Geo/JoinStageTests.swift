import Compute
import Foundation
import Pipeline
import Stages
import Testing

@Suite struct JoinStageTests {
  private static let file: [String: Value] = [
    "file": .string("causal/la/fars_la_county_2013_2015.csv")
  ]

  @Test(.enabled(if: RealData.hasCrashes, Comment(rawValue: RealData.crashesNotice)))
  func fatalCrashesOfLosAngeles() throws {
    let bench = try StageBench()
    let map = try bench.run("geo.tracts", files: RealData.folders)
    let crashes = try bench.run("crash.load", Self.file, files: RealData.folders)
    let inputs = [
      "crashes": crashes.one("crashes"), "places": crashes.one("places"),
      "tracts": map.one("tracts"),
    ]
    let outputs = try bench.run("geo.join", inputs: inputs)
    let summary = try #require(outputs["summary"]).table
    let counts = summary.column("value").compactMap(\.number)
    #expect(counts == [1733, 1731, 0, 2, 0, 2344, 1020, 20])
    let areas = try #require(outputs["areas"]).table
    let most = try #require(areas.rows.max { ($0[3].number ?? 0) < ($1[3].number ?? 0) })
    #expect(most[2] == .string("06037930301"))
    let joined = try #require(outputs["joined"]).table
    let lost = joined.rows.filter { $0[4] == .string("none") }.map { $0[2] }
    #expect(lost == [.string("2014/61209"), .string("2015/62393")])
    // On an edge that two tracts share: either is right, one it must be.
    let edge = joined.rows.first { $0[2] == .string("2015/61261") }
    #expect(edge?[4] == .string("inside"))

    #expect(
      throws: StageFailure(
        at: "parameter max_unmatched",
        "2 of 1733 crashes lie in no area of la_tracts: 2014/61209, 2015/62393",
        why: "at most 0.1 % may",
        fix: "use a map that covers the crashes, filter them, or write a larger max_unmatched")
    ) { try bench.run("geo.join", ["max_unmatched": .double(0.001)], inputs: inputs) }

    let trucks = try bench.run(
      "crash.load",
      Self.file.merging(["filter": .map(["large_truck": .int(1)])]) { $1 },
      files: RealData.folders, failing: "16 treated and 7 untreated units")
    #expect(trucks == nil)
  }

  /// All 39 crashes of large trucks, too few for a data set of their own, lie in a tract.
  @Test(.enabled(if: RealData.hasCrashes, Comment(rawValue: RealData.crashesNotice)))
  func largeTrucksOfLosAngeles() throws {
    let bench = try StageBench()
    let map = try bench.run("geo.tracts", files: RealData.folders)
    let index = AreaIndex(try AreaMap(reading: #require(map["tracts"]).url).shapes)
    let path = try #require(
      RealData.folders.locate("causal/la/fars_la_county_2013_2015.csv"))
    let file = try CSVFile(reading: path, columns: ["large_truck", "longitude", "latitude"])
    let (x, y) = (try file.numbers("longitude"), try file.numbers("latitude"))
    let points = try file.texts("large_truck").indices.filter {
      file.texts("large_truck")[$0] == "1"
    }.map { MapPoint(try #require(x[$0]), try #require(y[$0])) }
    #expect(points.count == 39)
    #expect(points.allSatisfy { index.area(at: $0) != nil })
  }

  /// Reference figures of the card; areas with more than 300 people, income known where it ranks.
  @Test(.enabled(if: RealData.hasCrashes, Comment(rawValue: RealData.crashesNotice)))
  func equityAndAutocorrelationOfLosAngeles() throws {
    let bench = try StageBench()
    let keep = Value.map(["land": .int(1), "population": .int(301)])
    let map = try bench.run("geo.tracts", files: RealData.folders)
    let crashes = try bench.run("crash.load", Self.file, files: RealData.folders)
    let joined = try bench.run(
      "geo.join",
      inputs: [
        "crashes": crashes.one("crashes"), "places": crashes.one("places"),
        "tracts": map.one("tracts"),
      ])
    func moran(_ column: String, _ transform: String, values: Bool = false) throws -> [Value] {
      var inputs = ["tracts": map.one("tracts"), "adjacency": map.one("adjacency")]
      if values { inputs["values"] = joined.one("areas") }
      let outputs = try bench.run(
        "spatial.autocorr",
        [
          "column": .string(column), "transform": .string(transform), "keep": keep,
          "permutations": .int(99),
        ], inputs: inputs)
      let table = try #require(outputs["global"]).table
      return [table.column("n")[0], table.column("moran")[0]]
    }
    let references: [(String, String, Bool, Int, Double)] = [
      ("income", "log", false, 2297, 0.69703), ("minority", "none", false, 2299, 0.88529),
      ("crashes", "none", true, 2299, 0.11759), ("traffic", "none", false, 2278, 0.53924),
    ]
    for (column, transform, isTable, n, index) in references {
      let found = try moran(column, transform, values: isTable)
      #expect(found[0] == .int(n), "\(column)")
      // The card gives five decimals.
      #expect(abs(try #require(found[1].number) - index) < 5e-6, "\(column)")
    }
    let equity = try bench.run(
      "equity.report",
      [
        "column": .string("rate"),
        "keep": .map(["land": .int(1), "population": .int(301), "income": .int(1)]),
      ],
      inputs: ["tracts": map.one("tracts"), "values": joined.one("areas")])
    let groups = try #require(equity["groups"]).table
    let means = groups.column("mean").prefix(5).compactMap(\.number)
    for (mean, reference) in zip(means, [1.6405, 1.7748, 1.6756, 1.7338, 1.5335]) {
      #expect(abs(mean - reference) < 5e-5)
    }
    let indices = try #require(equity["indices"]).table
    func first(_ column: String, row: Int = 0) throws -> Double {
      try #require(indices.column(column)[row].number)
    }
    #expect(try first("n") == 2298)
    #expect(abs(try first("mean") - 1.67353) < 5e-6)
    #expect(abs(try first("concentration") + 0.01576) < 5e-6)
    #expect(abs(try first("concentration", row: 1) + 0.00754) < 5e-6)
    #expect(abs(try first("gini") - 0.71036) < 5e-6)
    let income = try bench.run(
      "equity.report",
      ["column": .string("income"), "by": .list([.string("income")]), "keep": keep],
      inputs: ["tracts": map.one("tracts")])
    let row = try #require(income["indices"]).table
    for (column, reference) in [("gini", 0.24705), ("theil", 0.09887), ("between", 0.08687)] {
      #expect(abs(try #require(row.column(column)[0].number) - reference) < 5e-6, "\(column)")
    }
  }
}

extension StageBench {
  /// Runs what must fail with such a text; the outputs if it does not.
  fileprivate func run(
    _ kind: String, _ parameters: [String: Value], files: DataFolders, failing text: String
  ) throws -> [String: Output]? {
    do {
      return try run(kind, parameters, files: files)
    } catch let failure as StageFailure {
      #expect(failure.what.contains(text), "\(failure.what)")
      return nil
    }
  }
}

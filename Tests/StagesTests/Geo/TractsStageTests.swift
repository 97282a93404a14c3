import Compute
import Foundation
import Pipeline
import Stages
import Testing

@Suite struct TractsStageTests {
  @Test(.enabled(if: RealData.hasTracts, Comment(rawValue: RealData.tractsNotice)))
  func theTractsOfLosAngeles() throws {
    let bench = try StageBench()
    let outputs = try bench.run("geo.tracts", files: RealData.folders)
    let summary = try #require(outputs["summary"]).table
    #expect(summary.column("dataset").first == .string("la_tracts"))
    #expect(
      summary.column("value").prefix(2) == [.double(2344), .double(15_052)])
    // The card gives four decimals.
    let degree = try #require(summary.column("value")[2].number)
    #expect(abs(degree - 6.4215) < 5e-5)
    #expect(summary.column("value")[3] == .double(0))
    let map = try AreaMap(reading: #require(outputs["tracts"]).url)
    #expect(map.ids.first == "06037101110")
    #expect(try map.numbers("minority")[0] == 0.3839)
  }

  /// Two unit cells in a folder of their own, with a table that a case may spoil.
  private func run(
    _ table: String, _ parameters: [String: Value] = [:]
  ) throws -> Table {
    let bench = try StageBench()
    let folder = bench.folder.appending(path: "data")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let cells = zip([0, 1], ["\"06\"", "\"07\""]).map { x, id in
      "{\"properties\":{\"geoid\":\(id)},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
        + "[[[\(x),0],[\(x + 1),0],[\(x + 1),1],[\(x),1],[\(x),0]]]}}"
    }
    let map = "{\"type\":\"FeatureCollection\",\"features\":[\(cells.joined(separator: ","))]}"
    try Data(map.utf8).write(to: folder.appending(path: "map.geojson"))
    try Data(table.utf8).write(to: folder.appending(path: "map.csv"))
    let defaults: [String: Value] = [
      "polygons": .string("map.geojson"), "table": .string("map.csv"),
      "columns": .map(["income": .string("inc")]),
    ]
    let outputs = try bench.run(
      "geo.tracts", defaults.merging(parameters) { $1 }, files: DataFolders([folder]))
    return try #require(outputs["summary"]).table
  }

  @Test func leavesOutWhatIsBelowTheLeast() throws {
    let summary = try run("geoid,inc\n06,5\n07,\n", ["keep": .map(["income": .int(1)])])
    #expect(summary.column("value") == [.double(1), .double(0), .double(0), .double(1)])
  }

  static let refused: [(table: String, message: String)] = [
    (
      "geoid,inc\n06,5\n06,6\n",
      """
      map.csv:3: geoid '06' is that of line 2
        every area has one row
        fix: drop one of the two
      """
    ),
    (
      "geoid,inc\n6,5\n7,6\n",
      """
      map.csv:2: geoid is '6', its area is '06'
        the leading 0 was lost when the code was read as a number
        fix: write the code as text, with all its digits
      """
    ),
    (
      "geoid,inc\n06,5\n99,6\n",
      """
      map.csv:3: geoid '99' has no outline, nor have 0 more of 2 rows
        at most 1 % of the rows may be without one
        fix: use outlines and numbers of the same vintage
      """
    ),
    (
      "geoid,money\n06,5\n",
      """
      map.csv:1: there is no column 'inc'
        the header names geoid, money
        fix: add the column or name another
      """
    ),
  ]

  @Test(arguments: refused.indices) func refuses(_ index: Int) {
    let (table, message) = Self.refused[index]
    #expect {
      _ = try run(table)
    } throws: {
      "\($0)" == message
    }
  }

  @Test func refusesAMapThatIsNotThere() throws {
    let bench = try StageBench()
    #expect(
      throws: StageFailure(
        .environment, at: "causal/la/tracts.geojson", "the file is not there",
        why: "looked in /nowhere",
        fix: "put it into one of these folders, or name another with --data")
    ) {
      try bench.run("geo.tracts", files: DataFolders([URL(filePath: "/nowhere")]))
    }
    #expect(
      StageBench.problems("geo.tracts", ["keep": .map(["land": .string("a")])]) == [
        ParameterProblem(
          parameter: "keep", what: "keep.land is a string: a",
          why: "areas with less, or with an unknown value, are left out",
          fix: "write land: NUMBER")
      ])
  }
}

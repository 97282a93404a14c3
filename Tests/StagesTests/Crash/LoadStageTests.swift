import Compute
import Foundation
import Pipeline
import Stages
import Testing

@Suite struct LoadStageTests {
  /// Runs over a file of these bytes.
  private func run(
    _ text: String, _ parameters: [String: Value], bench: StageBench
  ) throws -> [String: StageBench.Output] {
    let folder = bench.folder.appending(path: "data")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: folder.appending(path: "crashes.csv"))
    let file: [String: Value] = ["file": .string("crashes.csv")]
    return try bench.run(
      "crash.load", file.merging(parameters) { $1 }, files: DataFolders([folder]))
  }

  private static let custom: [String: Value] = [
    "schema": .string("custom"), "features": .list([.string("speed")]),
  ]

  /// `pairs` treated and untreated crashes of rising speed, then other rows.
  private static func rows(_ pairs: Int, _ others: String = "") -> String {
    "id,longitude,latitude,treated,severity,speed\n"
      + (0..<2 * pairs).map { "\($0),0.5,0.5,\($0 % 2),\($0 % 4 / 2),\($0)\n" }.joined() + others
  }

  @Test func readsAFileOfTheUsers() throws {
    let bench = try StageBench()
    let outputs = try run(Self.rows(20, "x,,,1,1,\n"), Self.custom, bench: bench)
    let data = try CausalData(reading: #require(outputs["crashes"]).url)
    #expect(data.count == 41)
    // The median of 0...39.
    #expect(data.x.values.last == 19.5)
    #expect(bench.log == ["speed: 1 not known"])
    let places = try #require(outputs["places"]).table
    #expect(places.column("longitude").last == .null)
    #expect(places.column("unit").last == .int(40))
  }

  /// Severity codes are not monotone; lights that do not work count as none.
  @Test func readsSWITRS() throws {
    let bench = try StageBench()
    let header =
      "CASE_ID,TRUCK_ACCIDENT,COLLISION_SEVERITY,LIGHTING,ROAD_SURFACE,STATE_HWY_IND,"
      + "INTERSECTION,COLLISION_TIME,DAY_OF_WEEK,LONGITUDE,LATITUDE,NUMBER_KILLED\n"
    let kinds = [
      "Y,0,C,B,Y,N,0030,6", "Y,1,D,A,,Y,2330,1", "Y,2,C,A,N,Y,0459,2", "Y,3,E,-,Y,,2500,7",
      "Y,4,C,B,N,N,1200,3", "Y,4,A,B,N,N,1200,3", "N,1,C,B,N,N,1200,3",
    ]
    let lines = (0..<15).flatMap { copy in
      kinds.enumerated().map { "\(copy)-\($0),\($1),-118.2,34.1,0\n" }
    }
    let outputs = try run(
      header + lines.joined(), ["schema": .string("switrs")], bench: bench)
    let data = try CausalData(reading: #require(outputs["crashes"]).url)
    #expect(
      data.columns.map(\.name) == ["late", "weekend", "wet", "state_highway", "intersection"])
    #expect(data.outcome.prefix(5) == [0, 3, 2, 1, 1])
    #expect(data.treatment.prefix(5) == [1, 0, 1, 0, 1])
    // The unknown time and surface of the fourth are medians.
    #expect(
      data.x.values.prefix(20) == [
        1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0.5, 1, 0.5, 1, 0,
      ])
    let summary = try #require(outputs["summary"]).table
    #expect(
      summary.column("value").prefix(4) == [.double(90), .double(15), .double(0), .double(75)])
    let severe = try run(
      header + lines.joined(),
      [
        "schema": .string("switrs"), "levels": .list([.int(0), .int(0), .int(1), .int(1)]),
      ], bench: bench)
    #expect(
      try CausalData(reading: #require(severe["crashes"]).url).outcome.prefix(5)
        == [0, 1, 1, 0, 0])
  }

  /// Marks are blank for "no"; everything else that is blank is not known. The coordinates of a
  /// file with "\r\n" are those of its last columns.
  @Test func blanksAreNotKnown() throws {
    let bench = try StageBench()
    let header =
      "CASE_ID,TRUCK_ACCIDENT,COLLISION_SEVERITY,LIGHTING,ROAD_SURFACE,STATE_HWY_IND,"
      + "INTERSECTION,COLLISION_TIME,DAY_OF_WEEK,LONGITUDE,LATITUDE,POINT_X,POINT_Y\r\n"
    let kinds = ["Y,0,C,B,Y,Y,0030,6", "Y,1,D,,,,0130,"]
    let lines = (0..<20).flatMap { copy in
      kinds.enumerated().map { "\(copy)-\($0),\($1),0,0,-118.25,34.125\r\n" }
    }
    let outputs = try run(
      header + lines.joined(), ["schema": .string("switrs")], bench: bench)
    #expect(bench.log == ["weekend: 20 not known", "wet: 20 not known"])
    let data = try CausalData(reading: #require(outputs["crashes"]).url)
    #expect(data.x.values.prefix(10) == [1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
    #expect(data.place?.values.prefix(2) == [-118.25, 34.125])
  }

  @Test(.enabled(if: RealData.hasCrashes, Comment(rawValue: RealData.crashesNotice)))
  func largeTrucksInTheDark() throws {
    let bench = try StageBench()
    let outputs = try bench.run("crash.load", files: RealData.folders)
    let data = try CausalData(reading: #require(outputs["crashes"]).url)
    #expect(data.name == "fars_us_large_truck_2015")
    #expect(data.count == 1211)
    #expect(data.treatment.count { $0 == 1 } == 360)
    let summary = try #require(outputs["summary"]).table
    let naive = try #require(summary.column("value")[7].number)
    #expect(abs(naive + 0.0336) < 5e-5)
    #expect(bench.log.contains("late: 2 not known"))
  }

  /// What is known of large trucks: AIPW -.019 (SE .021) in the card's trial, whose covariates it
  /// does not list. With all of this schema's the estimate lies within one of its errors of that,
  /// as near to no effect; weights bring the largest difference of arms from .97 below .12.
  @Test(.enabled(if: RealData.hasCrashes, Comment(rawValue: RealData.crashesNotice)))
  func lightAndLargeTrucks() throws {
    let bench = try StageBench()
    let crashes = try bench.run("crash.load", files: RealData.folders).one("crashes")
    let chances = try bench.run("causal.propensity", inputs: ["data": crashes])
    let balance = try #require(chances["balance"]).table
    func largest(_ column: String) -> Double? {
      balance.column(column).compactMap(\.number).map(abs).max()
    }
    #expect(abs(try #require(largest("before")) - 0.97) < 0.005)
    #expect(try #require(largest("after")) < 0.12)
    let estimates = try #require(
      bench.run(
        "causal.ate", ["methods": .list([.string("aipw")])],
        inputs: ["data": crashes, "propensity": chances.one("propensity")])["estimates"]
    ).table
    func number(_ column: String) throws -> Double {
      try #require(estimates.column(column)[0].number)
    }
    #expect(abs(try number("estimate") + 0.019) < 0.021)
    #expect(abs(try number("se") - 0.021) < 0.005)
    #expect(try number("low") < 0 && number("high") > 0)
  }

  /// Codes that say "not known": they are counted, and no hour, place or light is made of them.
  @Test func codesOfFARSThatSayNothing() throws {
    let bench = try StageBench()
    let header =
      "st_case,latitude,longitude,month,day_week,hour,nhs,rur_urb,func_sys,reljct2,typ_int,"
      + "wrk_zone,lgt_cond,weather,fatals,drunk_dr\n"
    let known = (0..<40).map {
      "\($0),34,-118,1,3,2,0,1,3,1,1,0,\(2 + $0 % 2),1,\(1 + $0 / 2 % 2),0\n"
    }
    let odd = [
      "90,77.7777,777.7777,1,3,99,0,1,3,1,1,0,3,1,1,0\n",
      "91,99.9999,999.9999,1,3,2,0,9,3,98,99,0,2,99,2,0\n",
    ]
    let unlit = (6...9).map { "\(100 + $0),34,-118,1,3,2,0,1,3,1,1,0,\($0),1,1,0\n" }
    let outputs = try run(
      header + known.joined() + odd.joined() + unlit.joined(),
      ["schema": .string("fars"), "on_missing": .string("impute_median")], bench: bench)
    #expect(
      bench.log == [
        "late: 1 not known", "rural: 1 not known", "intersection: 1 not known",
        "ramp: 1 not known", "rain: 1 not known", "fog: 1 not known", "longitude: 2 not known",
        "latitude: 2 not known",
      ])
    let data = try CausalData(reading: #require(outputs["crashes"]).url)
    #expect(data.count == 42)
    let summary = try #require(outputs["summary"]).table
    func count(_ quantity: String) throws -> Value {
      let row = try #require(summary.column("quantity").firstIndex(of: .string(quantity)))
      return summary.column("value")[row]
    }
    #expect(try count("neither treated nor untreated") == .double(4))
    #expect(try count("places not known") == .double(2))
    let places = try #require(outputs["places"]).table
    #expect(places.column("longitude")[40] == .null && places.column("latitude")[41] == .null)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    var parameters: [String: Value] = custom
    let message: String
    var testDescription: String { message }
  }

  static let refused = [
    Case(
      text: "id,longitude,latitude,treated,severity\n1,2,3,0,1\n",
      message: """
        crashes.csv:1: there is no column 'speed'
          the header names id, longitude, latitude, treated, severity
          fix: add the column or name another
        """),
    Case(
      text: rows(20, "x,1,1,1,NaN,3\n"),
      message: """
        crashes.csv:42: column 'severity' holds 'NaN'
          every cell of a numeric column is a finite number or empty
          fix: leave the field empty where the value is not known
        """),
    Case(
      text: rows(20, "x,1,1,1,fatal,3\n"),
      message: """
        crashes.csv:42: column 'severity' holds 'fatal'
          every cell of a numeric column is a finite number or empty
          fix: leave the field empty where the value is not known
        """),
    Case(
      text: rows(20, "x,1,1,1,,3\n"),
      message: """
        crashes.csv:42: column 'severity' has no known value
          estimators need a number in every cell
          fix: write on_missing: drop_row, or impute_median for covariates
        """),
    Case(
      text: rows(20, "x,1,1,2,1,3\n"),
      message: """
        crashes.csv:42: column 'treated' holds '2'
          a treatment is 0 or 1
          fix: code the compared states as 0 and 1
        """),
    Case(
      text: rows(20, "x,500,1,1,1,3\n"),
      message: """
        crashes.csv:42: the place is 500.0, 1.0
          longitude lies within 180 degrees and latitude within 90
          fix: project the coordinates to WGS84 degrees (EPSG:4326)
        """),
    Case(
      text: rows(10),
      message: """
        crashes.csv: 10 treated and 10 untreated units
          each arm needs at least 20
          fix: use more data, or a treatment that more units differ in
        """),
    Case(
      text: rows(20).replacing(",1,1,", with: ",1,0,").replacing(",0,1,", with: ",0,0,"),
      message: """
        crashes.csv: all 40 outcomes are 0.0
          a constant has no effect to estimate
          fix: use another outcome
        """),
  ]

  @Test(arguments: refused) func refuses(_ refused: Case) throws {
    let bench = try StageBench()
    #expect {
      _ = try run(refused.text, refused.parameters, bench: bench)
    } throws: {
      "\($0)" == refused.message
    }
  }

  @Test(arguments: ["NUMBER_KILLED", "number_killed", "FATALS", "Count_Severe_Inj", "severity"])
  func aConsequenceIsNoCovariate(_ name: String) {
    let problems = StageBench.problems(
      "crash.load",
      ["schema": .string("custom"), "features": .list([.string("a"), .string(name)])])
    #expect(
      problems == [
        ParameterProblem(
          parameter: "features", index: 1, what: "'\(name)' is not fixed before the crash",
          why: "a consequence among the covariates takes away a part of the effect",
          fix: "drop it")
      ])
  }
  @Test func aNameWithACommaIsNoColumn() {
    let problems = StageBench.problems(
      "crash.load", ["schema": .string("custom"), "features": .list([.string("a,b")])])
    #expect(
      problems == [
        ParameterProblem(
          parameter: "features", index: 0, what: "'a,b' holds a comma",
          why: "data sets list their columns between commas", fix: "rename the column")
      ])
  }
}

import Foundation
import Pipeline
import Stages
import Testing

/// The published files, where they are at hand.
struct CausalBenchmarkTests {
  private static let folders = RealData.folders

  private static func has(_ path: String) -> Bool { folders.locate("causal/\(path)") != nil }

  private func summary(_ parameters: [String: Value]) throws -> [String: Double] {
    let bench = try StageBench()
    let table = try #require(
      bench.run("causal.dataset", parameters, files: Self.folders)["summary"]
    ).table
    var numbers: [String: Double] = [:]
    for column in ["naive", "ate", "att"] {
      if case .double(let number) = table.column(column)[0] { numbers[column] = number }
    }
    return numbers
  }

  /// Mean noiseless effects, written with three decimals.
  @Test(
    .enabled(if: has("ihdp/outcomes.csv"), "IHDP is not here"),
    arguments: [(1, 4.016), (2, 4.051), (3, 4.099), (4, 4.274), (5, 4.162), (9, 10.466)])
  func infants(replication: Int, expected: Double) throws {
    let numbers = try summary(["replication": .int(replication)])
    #expect(abs(try #require(numbers["ate"]) - expected) < 5e-4)
  }

  @Test(.enabled(if: has("ihdp/outcomes.csv"), "IHDP is not here"))
  func infantsHaveThePublishedSplit() throws {
    let bench = try StageBench()
    let data = try bench.run("causal.dataset", files: Self.folders).one("data")
    let split = try bench.run(
      "causal.split", ["method": .string("published")], inputs: ["data": data])
    let read = try CausalData(reading: try #require(split["data"]).url)
    #expect(read.rows(.test).prefix(4) == [53, 62, 65, 68])
    #expect(read.rows(.test).count == 75 && read.rows(.train, .validation).count == 672)
    // Coded 1 and 2 in the file.
    let first = Set((0..<read.count).map { read.x.values[$0 * 25 + 13] })
    #expect(first == [0, 1])
    #expect(throws: StageFailure.self) {
      try bench.run("causal.dataset", ["replication": .int(41)], files: Self.folders)
    }
  }

  @Test(.enabled(if: has("jobs/nsw_psid.csv"), "Jobs is not here"))
  func jobs() throws {
    let numbers = try summary(["name": .string("jobs")])
    #expect(abs(try #require(numbers["att"]) - 0.0779402) < 1e-6)
    #expect(abs(try #require(numbers["naive"]) + 0.0832222) < 1e-6)
    #expect(numbers["ate"] == nil)
  }

  /// The experiment's effect on earnings in 1978, in dollars.
  @Test(.enabled(if: has("jobs/nsw_psid.csv"), "Jobs is not here"))
  func earningsOfTheExperiment() throws {
    let file = try CSVFile(reading: try #require(Self.folders.locate("causal/jobs/nsw_psid.csv")))
    let (trained, inExperiment, earnings) = (
      try file.numbers("trt"), try file.numbers("experimental"), try file.numbers("re78")
    )
    func mean(_ arm: Double) -> Double {
      let rows = trained.indices.filter { trained[$0] == arm && inExperiment[$0] == 1 }
      return rows.reduce(0) { $0 + (earnings[$1] ?? 0) } / Double(rows.count)
    }
    #expect(abs(mean(1) - mean(0) - 886.304) < 5e-4)
  }

  /// The published training pairs, which the split leaves within.
  @Test(.enabled(if: has("twins/train.csv"), "Twins is not here"))
  func twins() throws {
    let bench = try StageBench()
    let data = try bench.run("causal.dataset", ["name": .string("twins")], files: Self.folders)
    let split = try bench.run(
      "causal.split", ["method": .string("published")], inputs: ["data": data.one("data")])
    let effects = try bench.run(
      "causal.fit", ["estimator": .string("difference")], inputs: ["data": split.one("data")])
    let scores = try #require(
      bench.run(
        "causal.evaluate",
        inputs: ["data": split.one("data"), "effects": effects.one("effects")])["metrics"]
    ).table
    for (column, expected) in [("naive", -0.1116615), ("true_ate", -0.0253468)] {
      guard case .double(let value) = scores.column(column)[0] else {
        Issue.record("no \(column)")
        continue
      }
      #expect(abs(value - expected) < 1e-6, "\(column): \(value)")
    }
  }
  // MARK: Files that are not the published ones

  struct Spoilt: Sendable, CustomTestStringConvertible {
    let name: String
    let files: [String: String]
    let message: String
    var testDescription: String { message }
  }

  private static let infantFiles = [
    "covariates.csv": "treatment," + (1...25).map { "x\($0)" }.joined(separator: ",") + "\n"
      + (0..<2).map { "\($0)" + String(repeating: ",1", count: 25) + "\n" }.joined(),
    "outcomes.csv": "rep,y_factual,mu0,mu1\n1,1,1,1\n1,2,2,2\n", "test_rows.csv": "rep,r0\n1,1\n",
  ]

  static let spoilt = [
    Spoilt(
      name: "ihdp", files: infantFiles.merging(["test_rows.csv": "rep,r0\n1,2\n"]) { $1 },
      message: """
        test_rows.csv:2: column 'r0' holds 2
          it is a whole number, at least 0 and below 2
          fix: get the file again
        """),
    Spoilt(
      name: "ihdp",
      files: infantFiles.merging(["outcomes.csv": "rep,y_factual,mu0,mu1\n1e300,1,1,1\n"]) { $1 },
      message: """
        outcomes.csv:2: column 'rep' holds 1e300
          it is a whole number, at least 1 and below 100000
          fix: get the file again
        """),
    Spoilt(
      name: "twins",
      files: ["train.csv": "t,y0,y1,yf,x\n0,0,1,0,1\n", "test.csv": "t,y0,y1,yf,x\n2,0,1,0,1\n"],
      message: """
        test.csv:2: column 't' holds 2
          it is a whole number, at least 0 and below 2
          fix: get the file again
        """),
    Spoilt(
      name: "twins",
      files: ["train.csv": "t,y0,y1,yf,x\n0,0,1,0,1\n", "test.csv": "t,y0,y1,yf\n1,0,1,0\n"],
      message: """
        test.csv:1: there is no column 'x'
          the benchmark has it
          fix: get the file again
        """),
    Spoilt(
      name: "jobs",
      files: [
        "nsw_psid.csv": "trt,age,educ,black,hisp,marr,nodeg,re74,re75,re78,experimental\n"
          + "1,30,9,1,0,0,1,,0,500,-0.00390625\n"
      ],
      message: """
        nsw_psid.csv:2: column 'experimental' holds -0.00390625
          it is a whole number, at least 0 and below 2
          fix: get the file again
        """),
  ]

  @Test(arguments: spoilt) func refuses(_ spoilt: Spoilt) throws {
    let bench = try StageBench()
    let folder = bench.folder.appending(path: "data/causal/\(spoilt.name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in spoilt.files {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    #expect {
      try bench.run(
        "causal.dataset", ["name": .string(spoilt.name)],
        files: DataFolders([bench.folder.appending(path: "data")]))
    } throws: {
      "\($0)" == spoilt.message
    }
  }
}

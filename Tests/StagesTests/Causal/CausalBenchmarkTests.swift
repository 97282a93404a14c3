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
}

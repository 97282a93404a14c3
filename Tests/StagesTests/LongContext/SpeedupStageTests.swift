import Foundation
import Pipeline
import Stages
import Testing

@Suite struct SpeedupStageTests {
  private func table(
    _ method: String, _ rows: [(length: Int, prefill: Double, cache: Double)]
  ) -> Table {
    Table(
      columns: [Column("method", .string), Column("length", .int)]
        + ["prefill", "cache", "decode"].map { Column($0, .double) },
      rows: rows.map {
        [.string(method), .int($0.length), .double($0.prefill), .double($0.cache), .double(10)]
      })
  }

  private func compare(
    _ bench: StageBench, _ parameters: [String: Value] = [:]
  ) throws -> [String: StageBench.Output] {
    let tables = [
      ("full", table("full", [(1000, 2, 46)])), ("full", table("full", [(2000, 6, 92)])),
      ("parallelcomp", table("parallelcomp", [(2000, 3, 20)])),
      ("evicted", table("parallelcomp", [(2000, 3.5, 10)])),
    ]
    let inputs = try tables.enumerated().map { number, item in
      let file = bench.folder.appending(path: "\(number)")
      try item.1.canonicalData.write(to: file)
      return StageBench.Output(
        url: file,
        labels: [
          AxisLabel(axis: "length", label: "\(number)"), AxisLabel(axis: "reader", label: item.0),
        ])
    }
    return try bench.run(
      "longctx.speedup",
      ["axis": .string("reader"), "beyond": .list([.int(4000)])].merging(parameters) { $1 },
      inputs: ["model": bench.tinyModel().one("model"), "throughput": inputs])
  }

  @Test func measuredWhereBothWere() throws {
    let bench = try StageBench()
    let outputs = try compare(bench)
    let speedup = try #require(outputs["speedup"]).table
    #expect(
      speedup.column("basis")
        == [.string("measured"), .string("fitted"), .string("measured"), .string("fitted")])
    #expect(speedup.column("seconds") == [.double(3), .double(6), .double(3.5), .double(7)])
    #expect(speedup.column("speedup")[0] == .double(2))
    // Of the random model a token costs 122,880 operations and 512 for each key that it sees:
    // work(N) = N (122880 + 256 N); a = (2 w(1000) + 6 w(2000)) / (w(1000)^2 + w(2000)^2).
    func work(_ n: Double) -> Double { n * (122_880 + 256 * n) }
    let rate =
      (2 * work(1000) + 6 * work(2000)) / (work(1000) * work(1000) + work(2000) * work(2000))
    #expect(abs(speedup.column("full")[1].orNaN - rate * work(4000)) < 1e-9)
    let memory = try #require(outputs["memory"]).table
    // Nothing to compare with at 1,000 tokens.
    #expect(memory.column("length") == [.int(2000), .int(2000), .int(2000)])
    #expect(memory.column("chunks_fit") == [.double(20.0 / 92), .double(1), .double(2)])
    #expect(memory.column("decode_gain") == [.double(1), .double(1), .double(1)])
  }

  @Test func refusesUnknownLabels() throws {
    let bench = try StageBench()
    #expect(
      throws: StageFailure(
        at: "parameter full", "no method is labelled 'all'",
        why: "there are: full, parallelcomp, evicted", fix: "write one of them")
    ) { try compare(bench, ["full": .string("all")]) }
  }
}

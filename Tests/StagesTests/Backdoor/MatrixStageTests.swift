import Foundation
import Pipeline
import Stages
import Testing

@Suite struct MatrixStageTests {
  private let bench: StageBench

  init() throws { bench = try StageBench() }

  /// An `asr` table of one model; ASR_incl is ASR plus one point.
  private func attack(
    _ label: String, _ intensities: String, seed: Int = 0, tests: [Double] = [0.1, 0.5, 1],
    _ rates: [Double], inclusive: [Double]? = nil
  ) throws -> StageBench.Output {
    var table = Table(columns: columns("backdoor.eval", "asr"))
    for (index, (test, rate)) in zip(tests, rates).enumerated() {
      table.append([
        .string("objects10"), .string("0a1b2c3d"), .string(intensities), .int(50), .int(seed),
        .double(test), .int(90), .int(100), .double(rate),
        .double(inclusive?[index] ?? rate + 0.01), .double(0.04),
        .double(0.65),
      ])
    }
    return try write(table, label, seed)
  }

  private func detection(
    _ label: String, seed: Int = 0, _ areas: [(Double, Double?)]
  ) throws -> StageBench.Output {
    var table = Table(columns: columns("defense.scaleup", "detect"))
    for population in ["all", "excl_target", "filtered"] {
      for (test, area) in areas {
        let shown = population == "filtered" ? area.map { $0 - 0.01 } : area
        table.append([
          .string("objects10"), .string("0a1b2c3d"), .string("1.0"), .int(50), .int(seed),
          .string("scaleup data_free"), .string(population), .double(test), .int(90), .int(100),
          .double(0.9), shown.map(Value.double) ?? .null, .double(0.5), .double(0.1),
          .double(0.6), .double(0.5),
        ])
      }
    }
    return try write(table, label, seed)
  }

  private func columns(_ kind: String, _ slot: String) -> [Column] {
    Registry.stages[kind]?.outputs.first { $0.name == slot }?.columns ?? []
  }

  private func write(
    _ table: Table, _ label: String, _ seed: Int
  ) throws -> StageBench.Output {
    let url = bench.folder.appending(path: UUID().uuidString)
    try table.canonicalData.write(to: url)
    return StageBench.Output(url: url, labels: [])
      .labelled(["train": label, "seed": String(seed)])
  }

  private func run(_ asr: [StageBench.Output]) throws -> [String: StageBench.Output] {
    try bench.run(
      "backdoor.matrix",
      inputs: [
        "asr": asr,
        "detect": [
          try detection("1.0", [(0.5, 0.62), (1, 0.96)]),
          try detection("mix", [(0.5, nil), (1, 0.9)]),
        ],
      ])
  }

  /// Worst case of {0.1: 0.4, 0.5: 0.9, 1.0: 0.97} is 0.4 at 0.1 (card, check 6).
  @Test func summarisesRowsAndCompares() throws {
    let outputs = try run([
      attack("clean", "clean", [0.04, 0.04, 0.05]), attack("1.0", "1.0", [0.1, 0.92, 1]),
      attack("0.1", "0.1", [0.05, 0.06, 0.07]), attack("mix", "1.0+0.1", [0.4, 0.9, 0.97]),
    ])
    let summary = try #require(outputs["summary"]).table
    #expect(
      summary.column("train") == [.string("clean"), .string("1.0"), .string("0.1"), .string("mix")])
    #expect(summary.column("worst") == [.double(0.04), .double(0.1), .double(0.05), .double(0.4)])
    #expect(summary.column("worst_at") == [.double(0.1), .double(0.1), .double(0.1), .double(0.1)])
    #expect(summary.column("worst_sd") == [.null, .null, .null, .null])
    let headline = try #require(outputs["headline"]).table
    let lines = Dictionary(
      uniqueKeysWithValues: zip(
        headline.column("line").map(\.plainText), headline.column("value")))
    #expect(lines["best single worst case"] == .double(0.1))
    #expect(lines["best mix worst case"] == .double(0.4))
    #expect(lines["gain"] == .double(0.4 - 0.1))
    #expect(lines["best mix worst case, ASR_incl"] == .double(0.4 + 0.01))
    #expect(lines["AUC at matched"] == .double(0.96))
    #expect(lines["AUC at mismatched"] == .double(0.62))
    #expect(lines["AUC at mismatched, filtered"] == .double(0.62 - 0.01))
    #expect(lines["ASR at mismatched"] == .double(0.92))
    let hash = try #require(outputs["intensity_matrix"]).hash
    #expect(hash == Golden.intensityMatrix)
    for figure in ["asr_map", "auroc_map", "tradeoff"] {
      let text = String(decoding: try #require(outputs[figure]).data, as: UTF8.self)
      #expect(text.contains("objects10"))
    }
  }

  /// The single with the better worst case by ASR is not the one with the better by ASR_incl.
  @Test func eachCountingHasItsOwnBestRow() throws {
    let headline = try #require(
      run([
        attack("1.0", "1.0", [0.2, 0.9, 1], inclusive: [0.3, 0.25, 1]),
        attack("0.1", "0.1", [0.1, 0.9, 1], inclusive: [0.4, 0.9, 1]),
      ])["headline"]
    ).table
    let lines = headline.column("line").map(\.plainText)
    func cell(_ line: String, _ column: String) -> Value? {
      lines.firstIndex(of: line).map { headline.column(column)[$0] }
    }
    #expect(cell("best single worst case", "value") == .double(0.2))
    #expect(cell("best single worst case, ASR_incl", "value") == .double(0.4))
    #expect(
      cell("best single worst case, ASR_incl", "detail")
        == .string("trained on 0.1, the best of 2 (controls included), tested at 0.1"))
  }

  @Test func seedsGiveMeanAndDeviation() throws {
    let outputs = try run([
      attack("1.0", "1.0", seed: 0, [0.2, 0.5, 1]), attack("1.0", "1.0", seed: 1, [0.4, 0.5, 1]),
    ])
    let matrix = try #require(outputs["intensity_matrix"]).table
    let mean = try #require(number(matrix.column("asr").first))
    let deviation = try #require(number(matrix.column("asr_sd").first))
    // Sums of decimal fractions: exact to the last bits only.
    #expect(abs(mean - 0.3) < 1e-12)
    #expect(abs(deviation - 0.02.squareRoot()) < 1e-12)
    #expect(matrix.column("seeds").first == .int(2))
  }

  private func number(_ value: Value?) -> Double? {
    if case .double(let number)? = value { return number }
    return nil
  }

  @Test func refusesDifferentGrids() throws {
    #expect(
      throws: StageFailure(
        at: "input asr", "rows tested on [0.5, 1.0] and on [0.1, 0.5, 1.0]",
        why: "worst cases over different intensities cannot be compared",
        fix: "give every backdoor.eval the same intensities")
    ) {
      try run([
        attack("1.0", "1.0", [0.1, 0.5, 1]), attack("0.1", "0.1", tests: [0.5, 1], [0.1, 0.2]),
      ])
    }
  }
}

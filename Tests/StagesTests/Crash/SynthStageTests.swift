import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// The checks of the method card for seed 1, grid 20, n 8000.
@Suite struct SynthStageTests {
  private static func truth(_ outputs: [String: StageBench.Output]) throws -> [String: Double] {
    let table = try #require(outputs["truth"]).table
    return Dictionary(
      uniqueKeysWithValues: zip(table.column("quantity"), table.column("value")).compactMap {
        name, value in value.number.map { (name.plainText, $0) }
      })
  }

  @Test func theCardsStream() {
    var random = SplitMix64(seed: 42 ^ 0x9E37_79B9_7F4A_7C15)
    let words: [UInt64] = [random.next(), random.next(), random.next()]
    let expected: [UInt64] = [
      2_949_826_092_126_892_291, 5_139_283_748_462_763_858, 6_349_198_060_258_255_764,
    ]
    for (word, reference) in zip(words, expected) { #expect(word == reference) }
    random = SplitMix64(seed: 42 ^ 0x9E37_79B9_7F4A_7C15)
    #expect(abs(random.unit() - 0.1599103928769201) < 1e-15)
    random = SplitMix64(seed: 42 ^ 0x9E37_79B9_7F4A_7C15)
    #expect(abs(random.gaussian() + 0.10551648193541083) < 1e-14)
  }

  @Test func theDrawnWorldIsTheCards() throws {
    let world = try TractWorld.grid(side: 20, seed: 1)
    func first(_ name: String) throws -> Double { try #require(world.map.numbers(name)[0]) }
    #expect(abs(try first("income") - 70_685.414) < 5e-4)
    #expect(abs(try first("minority") - 0.8434576) < 5e-8)
    #expect(abs(try first("density") - 539.97236) < 5e-6)
    #expect(abs(try first("traffic") - 2800.7567) < 5e-5)
    let income = try world.map.numbers("income").map { try log(#require($0)) }
    let moran = Moran(income, weights: world.adjacency.weights)
    #expect(abs(moran.index - 0.9056615) < 5e-8)
  }

  /// Fields are made orthogonal, so that what is mixed from them correlates alike for every seed.
  @Test(arguments: [1, 2, 3]) func correlationsDoNotDependOnTheSeed(seed: Int) throws {
    let world = try TractWorld.grid(side: 12, seed: seed)
    func correlation(_ a: [Double], _ b: [Double]) -> Double {
      // Both have mean 0 and deviation 1.
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count)
    }
    let references = [
      (world.minority, 0.65 / (0.65 * 0.65 + 0.76 * 0.76).squareRoot()),
      (world.density, 0.5 / (0.5 * 0.5 + 0.866 * 0.866).squareRoot()),
      (world.traffic, 0.2 / 1.04.squareRoot() * 0.7 / (2 * 0.7 * 0.7).squareRoot()),
    ]
    for (field, expected) in references {
      #expect(abs(correlation(world.deprivation, field) - expected) < 1e-9)
    }
  }

  /// What the first crash's light was drawn with.
  @Test func theFirstCrashIsTheCards() throws {
    let crashes = CrashEquations().crashes(1, in: try .grid(side: 20, seed: 1), seed: 1)
    #expect(crashes[0].tract == 307 && crashes[0].isLit)
    #expect(abs(crashes[0].propensity - 0.6354916) < 5e-8)
  }

  @Test func theSampleIsTheCards() throws {
    let bench = try StageBench()
    let outputs = try bench.run("crash.synth")
    let truth = try Self.truth(outputs)
    let counts: [(String, Double)] = [
      ("lit", 4082), ("property damage only", 3215), ("minor", 2371), ("serious", 1404),
      ("fatal", 1010), ("crashes in poorest", 2498), ("crashes in richest", 1268),
    ]
    for (name, count) in counts { #expect(truth[name] == count, "\(name)") }
    let references: [(String, Double)] = [
      ("effect of light (ATE)", -0.3047188), ("effect on killed or serious", -0.1062928),
      ("sd of effects", 0.2446872), ("difference of means (naive)", -0.6816076),
      ("gap poorest - richest", -0.3119671),
    ]
    for (name, reference) in references {
      let value = try #require(truth[name])
      // The card's own tolerance.
      #expect(abs(value - reference) < 1e-6, "\(name)")
    }
    let data = try CausalData(reading: #require(outputs["crashes"]).url)
    #expect(data.cluster?[0] == 307)
    #expect(data.treatment[0] == 1 && data.outcome[0] == 1)
    let place = try #require(data.place).values
    #expect(abs(place[0] - 7.006978) < 1e-6 && abs(place[1] - 15.865492) < 2e-6)
    let mu = try #require(data.truth)
    // Stored in single precision.
    #expect(abs(Double(mu.mu1[0] - mu.mu0[0]) + 0.1054801) < 5e-7)
    #expect(data.columns.count { $0.role == .feature } == 15)
    #expect(data.groupings.map(\.name) == ["income", "minority", "density"].sorted())
    #expect(try bench.run("crash.synth")["crashes"]?.hash == outputs["crashes"]?.hash)
  }

  @Test func levelsMakeTheOutcome() throws {
    let bench = try StageBench()
    let levels = Value.list([.int(0), .int(0), .int(1), .int(1)])
    let truth = try Self.truth(bench.run("crash.synth", ["levels": levels]))
    #expect(truth["effect of light (ATE)"] == truth["effect on killed or serious"])
  }

  /// The figures that the drawn world's constants were taken from, over tracts where people live.
  @Test(.enabled(if: RealData.hasTracts, Comment(rawValue: RealData.tractsNotice)))
  func theRealMapHasTheMomentsOfTheDrawnOne() throws {
    let bench = try StageBench()
    let keep = Value.map(AreaSource.settledTracts.mapValues(Value.double))
    let outputs = try bench.run("geo.tracts", ["keep": keep], files: RealData.folders)
    let map = try AreaMap(reading: #require(outputs["tracts"]).url)
    func column(_ name: String, _ change: (Double) -> Double) throws -> [Double] {
      try map.numbers(name).map { change(try #require($0)) }
    }
    let income = try column("income") { log($0) }
    let minority = try column("minority") { share in
      let kept = min(max(share, 0.01), 0.99)
      return log(kept / (1 - kept))
    }
    let density = try column("density") { log($0) }
    for (values, mean, deviation) in [
      (income, 11.05, 0.46), (minority, 1.61, 1.78), (density, 8.20, 1.04),
    ] {
      // Two decimals are given.
      #expect(abs(try #require(Summary.mean(values)) - mean) < 0.01)
      #expect(abs(try #require(Summary.deviation(values)) - deviation) < 0.01)
    }
  }

  @Test(.enabled(if: RealData.hasTracts, Comment(rawValue: RealData.tractsNotice)))
  func theRealMapHasSettledTracts() throws {
    let bench = try StageBench()
    let prefer = Value.list([.string("la_tracts"), .string("grid")])
    let outputs = try bench.run(
      "crash.synth", ["prefer": prefer, "n": .int(500)], files: RealData.folders)
    let map = try AreaMap(reading: #require(outputs["tracts"]).url)
    #expect(map.count == 2298)
    let data = try CausalData(reading: #require(outputs["crashes"]).url)
    #expect(data.name == "simulated crashes, la_tracts")
    let place = try #require(data.place).values
    let clusters = try #require(data.cluster)
    // Within a metre of the tract that drew it: places are stored in single precision.
    let scale = map.xScale
    for (crash, tract) in clusters.enumerated() {
      let point = MapPoint(Double(place[2 * crash]), Double(place[2 * crash + 1]))
      let shape = map.shapes[Int(tract)]
      #expect(
        shape.contains(point) || shape.squaredDistance(to: point, xScale: scale) < 1e-5 * 1e-5)
    }
  }

  @Test func withoutTheFilesTheGridIsUsedAndSaid() throws {
    let bench = try StageBench()
    let prefer = Value.list([.string("la_tracts"), .string("grid")])
    let outputs = try bench.run(
      "crash.synth", ["prefer": prefer, "grid": .int(10), "n": .int(1000)])
    #expect(bench.log[0] == "the files of la_tracts are not there: crashes happen on a drawn grid")
    let table = try #require(outputs["truth"]).table
    #expect(table.column("dataset")[0] == .string("simulated crashes, grid 10x10"))
  }

  @Test func refusesWhatItCannotDo() throws {
    #expect(
      StageBench.problems("crash.synth", ["levels": .list([.int(1)])]) == [
        ParameterProblem(
          parameter: "levels", what: "there are 1 numbers", why: "severity has four levels",
          fix: "write four numbers")
      ])
    #expect(
      StageBench.problems("crash.synth", ["nonlinear": .double(1.5)]) == [
        ParameterProblem(
          parameter: "nonlinear", what: "1.5 is outside 0 <= x <= 1",
          why: "weight of the terms no linear model has", fix: "write at most 1")
      ])
    let bench = try StageBench()
    #expect(
      throws: StageFailure(
        .environment, at: "parameter prefer", "the files of la_tracts are not there",
        why: "looked for causal/la in /nowhere", fix: "prefer: [la_tracts, grid]")
    ) {
      try bench.run(
        "crash.synth", ["prefer": .list([.string("la_tracts")])],
        files: DataFolders([URL(filePath: "/nowhere")]))
    }
  }
}

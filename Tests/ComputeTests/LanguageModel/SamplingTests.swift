import Compute
import Foundation
import Testing

struct SamplingTests {
  struct Cases: Decodable {
    struct Case: Decodable {
      struct Parameters: Decodable {
        var temperature: Double
        var topK: Int?
        var topP: Double?
        var minP: Double?
      }
      var name: String
      var params: Parameters
      var keptIds: [Int32]
      var probabilities: [Double]
    }
    var logits: [Float]
    var cases: [Case]
  }

  /// The reference prints seven digits.
  static let tolerance = 1e-6

  @Test func keptSetsAndProbabilities() throws {
    let fixture = try Fixture.decode("smollm2/sampling.json", as: Cases.self)
    #expect(fixture.cases.count == 9)
    for test in fixture.cases {
      let p = test.params
      let sampling = Sampling(
        temperature: p.temperature, topK: p.topK ?? 0, topP: p.topP ?? 1, minP: p.minP ?? 0)
      let (ids, probabilities) = sampling.distribution(fixture.logits)
      #expect(ids == test.keptIds, "\(test.name)")
      for (found, expected) in zip(probabilities, test.probabilities) {
        #expect(abs(found - expected) < Self.tolerance, "\(test.name)")
      }
    }
  }

  @Test func drawsByTheInverseOfTheDistribution() {
    let logits: [Float] = [0, log(3)]
    let sampling = Sampling(temperature: 1)
    #expect(sampling.choose(logits, unit: 0.74) == 1)
    #expect(sampling.choose(logits, unit: 0.76) == 0)
    #expect(sampling.choose(logits, unit: 1) == 0)
    #expect(Sampling.greedy.choose([1, 5, 5, 2], unit: 0.9) == 1)
  }

  @Test func generationStopsAndRepeats() throws {
    let tiny = TinyModel()
    let model = try tiny.model()
    let prompt = tiny.tokens(10)
    func run(_ settings: LanguageModel.GenerationSettings) throws -> LanguageModel.Generation {
      try model.generate(prompt, settings, lanes: Lanes(2))
    }
    let free = try run(.init(maximumTokens: 6))
    #expect(free.ids.count == 6 && free.stop == nil && free.margins.allSatisfy { $0 >= 0 })
    #expect(
      free.ids[0]
        == Sampling.greedy.choose(
          try model.allLogits(prompt).rows(9..<10).values, unit: 0))
    let stopped = try run(.init(maximumTokens: 6, stopIDs: [free.ids[2]]))
    let first = free.ids.firstIndex(of: free.ids[2]) ?? 0
    #expect(stopped.ids == Array(free.ids[..<first]) && stopped.stop == free.ids[2])
    let random = LanguageModel.GenerationSettings(
      sampling: Sampling(temperature: 5), maximumTokens: 8, seed: 3)
    let one = try run(random)
    #expect(try run(random) == one)
    var other = random
    other.index = 1
    #expect(try run(other) != one)
    var seen: [Int32] = []
    _ = try model.generate(prompt, .init(maximumTokens: 6), lanes: Lanes(1)) {
      seen.append($0)
      return seen.count < 2
    }
    #expect(seen == Array(free.ids[..<2]))
  }

  @Test func scoresAreLogProbabilities() throws {
    let tiny = TinyModel()
    let model = try tiny.model()
    let ids = tiny.tokens(120)
    // Pieces of 512 tokens before the first scored one.
    var long = tiny
    long.configuration.contextLength = 2000
    let tail = try long.model().score(
      LanguageModel.Span(tiny.tokens(1100)), from: 1090, lanes: Lanes(2))
    #expect(tail.count == 10)
    let logits = try model.allLogits(ids)
    let losses = try model.score(LanguageModel.Span(ids), lanes: Lanes(2))
    #expect(losses.count == 119)
    for row in [0, 50, 118] {
      let values = logits.rows(row..<row + 1).values.map { Double($0) }
      let sum = log(values.reduce(0) { $0 + exp($1) })
      #expect(abs(Double(losses[row]) - (sum - values[Int(ids[row + 1])])) < 1e-5)
    }
    #expect(
      try model.score(LanguageModel.Span(ids), from: 100, lanes: Lanes(2)) == Array(losses[99...]))
    #expect(throws: LanguageModelError.tooFewTokens(found: 1, needed: 2)) {
      try model.score(LanguageModel.Span([4]), lanes: Lanes(1))
    }
  }
}

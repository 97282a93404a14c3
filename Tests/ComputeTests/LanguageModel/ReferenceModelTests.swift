import Compute
import Foundation
import Testing

/// The real model against double-precision numbers made from the same file.
@Suite(
  .enabled(
    if: RealData.languageModel != nil,
    "no SmolLM2-135M-Instruct.Q4_1.gguf in a data folder: pipeline assets get smollm2-135m"))
struct ReferenceModelTests {
  /// Of logits up to 36 from float32; a plain implementation is within 8e-5.
  static let logitTolerance: Float = 2e-3
  /// Of one token's negative log probability.
  static let lossTolerance: Float = 1e-3
  /// Of a perplexity, relative.
  static let perplexityTolerance = 5e-4
  /// Of an intermediate value, relative to the norm of the row.
  static let traceTolerance = 1e-4
  /// Two continuations may part only where the two best scores are this close.
  static let margin = 0.005

  static let model = Result {
    try LanguageModel(
      reading: GGUFFile(reading: RealData.languageModel ?? ""), lanes: Lanes(2))
  }
  static let lanes = Lanes(2)

  struct Logits: Decodable {
    struct Case: Decodable {
      struct Position: Decodable {
        var position: Int
        var top5Ids: [Int]
        var top5Logits: [Float]
        var logsumexp: Double
        var mean: Double
        var std: Double
        var logitOfIds0100100010000: [Float]
      }
      var name: String
      var ids: [Int32]
      var f64: [Position]
    }
    var cases: [Case]
  }

  @Test func logits() throws {
    let model = try Self.model.get()
    for test in try Fixture.decode("smollm2/logits.json", as: Logits.self).cases {
      let logits = try model.allLogits(test.ids)
      for expected in test.f64 {
        let row = logits.rows(expected.position..<expected.position + 1).values
        for (id, logit) in zip(expected.top5Ids, expected.top5Logits) {
          #expect(abs(row[id] - logit) < Self.logitTolerance)
        }
        for (id, logit) in zip([0, 100, 1000, 10_000], expected.logitOfIds0100100010000) {
          #expect(abs(row[id] - logit) < Self.logitTolerance)
        }
        let best = row.indices.sorted { (-row[$0], $0) < (-row[$1], $1) }.prefix(5)
        for (found, wanted) in zip(best, expected.top5Ids) where found != wanted {
          #expect(abs(row[found] - row[wanted]) < 2 * Self.logitTolerance)
        }
        let mean = row.reduce(0.0) { $0 + Double($1) } / Double(row.count)
        #expect(abs(mean - expected.mean) < Double(Self.logitTolerance))
      }
    }
  }

  struct Greedy: Decodable {
    struct Case: Decodable {
      struct Path: Decodable {
        var ids: [Int32]
        var top1MinusTop2: [Double]
      }
      var name: String
      var promptIds: [Int32]
      var f64: Path
    }
    var cases: [Case]
  }

  @Test(arguments: WeightForm.allCases) func greedy(form: WeightForm) throws {
    let model = try Self.model.get()
    #expect(model.hasBlocks)
    var options = ForwardOptions()
    options.form = form
    for test in try Fixture.decode("smollm2/greedy.json", as: Greedy.self).cases {
      let found = try model.generate(
        test.promptIds, .init(maximumTokens: test.f64.ids.count, options: options),
        lanes: Self.lanes
      ).ids
      let parting = zip(found, test.f64.ids).enumerated().first { $1.0 != $1.1 }?.offset
      #expect(
        parting.map { test.f64.top1MinusTop2[$0] < Self.margin } ?? true,
        "\(test.name): \(found)")
    }
  }

  struct Perplexity: Decodable {
    struct Paragraph: Decodable {
      struct Scores: Decodable {
        var tokenNll: [Float]
        var perplexity: Double
      }
      var ids: [Int32]
      var f64: Scores
    }
    var paragraph: Paragraph
  }

  @Test func losses() throws {
    let expected = try Fixture.decode("smollm2/perplexity.json", as: Perplexity.self).paragraph
    let losses = try Self.model.get().score(LanguageModel.Span(expected.ids), lanes: Self.lanes)
    #expect(isClose(Tensor(losses), expected.f64.tokenNll, tolerance: Self.lossTolerance))
    let mean = losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
    #expect(abs(exp(mean) / expected.f64.perplexity - 1) < Self.perplexityTolerance)
  }

  struct Trace: Decodable {
    struct Value: Decodable {
      var lastFirst8: [Double]?
      var lastL2: Double?
      var head0: [Float]?
      var head8: [Float]?
    }
    var ids: [Int32]
    var tensors: [String: Value]
  }

  private func expectRow(_ row: [Float], _ expected: Trace.Value?) {
    let row = row.map { Double($0) }
    let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm / (expected?.lastL2 ?? .nan) - 1) < Self.traceTolerance)
    for (found, wanted) in zip(row, expected?.lastFirst8 ?? []) {
      #expect(abs(found - wanted) < Self.traceTolerance * norm)
    }
  }

  /// What leaves the first layer's projections, its attention, and the last norm.
  @Test func trace() throws {
    let trace = try Fixture.decode("smollm2/trace.json", as: Trace.self)
    let model = try Self.model.get()
    var cache = KeyValueCache(model.configuration)
    var options = ForwardOptions()
    options.observedQueries = 1
    let pass = try model.forward(
      LanguageModel.Span(trace.ids), cache: &cache, options: options, lanes: Self.lanes)
    let last = trace.ids.count - 1
    func row(_ part: (Int) -> Tensor) -> [Float] {
      (0..<3).flatMap { part($0).rows(last..<last + 1).values }
    }
    expectRow(row { cache.keys(layer: 0, head: $0) }, trace.tensors["k_rope0"])
    expectRow(row { cache.values(layer: 0, head: $0) }, trace.tensors["v0"])
    expectRow(pass.hidden.rows(last..<last + 1).values, trace.tensors["final_norm"])
    let weights = trace.tensors["attn_prob0_last"]
    #expect(isClose(Tensor(pass.attention[0][0]), weights?.head0 ?? [], tolerance: 1e-5))
    #expect(isClose(Tensor(pass.attention[0][8]), weights?.head8 ?? [], tolerance: 1e-5))
  }
}

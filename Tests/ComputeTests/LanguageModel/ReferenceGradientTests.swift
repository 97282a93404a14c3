import Compute
import Foundation
import Testing

/// Gradients of the real model against double-precision automatic differentiation.
@Suite(
  .enabled(
    if: RealData.languageModel != nil,
    "no SmolLM2-135M-Instruct.Q4_1.gguf in a data folder: pipeline assets get smollm2-135m"))
struct ReferenceGradientTests {
  static let lossTolerance: Float = 1e-4
  /// Of a gradient's norm, and of an entry by the norm.
  static let gradientTolerance = 1e-3

  struct Gradients: Decodable {
    struct Adapter: Decodable {
      var gradAL2: Double
      var gradAFirst8: [Double]
      var gradBL2: Double
      var gradBFirst8: [Double]
      enum CodingKeys: String, CodingKey {
        case gradAL2 = "gradaL2"
        case gradAFirst8 = "gradaFirst8"
        case gradBL2 = "gradbL2"
        case gradBFirst8 = "gradbFirst8"
      }
    }
    struct Base: Decodable {
      struct Row: Decodable {
        var row: Int
        var first8: [Double]
      }
      var gradL2: Double
      var gradFirst8: [Double]
      var gradRowOfFirstToken: Row?
    }
    struct Step: Decodable {
      var lr: Double
      var loss: Float
    }
    var ids: [Int32]
    var loss: Float
    var lora: [String: Adapter]
    var base: [String: Base]
    var lossWithoutLora: Float
    var loraGradL2All: Double
    var afterSgdStep: Step
  }

  private func expectGradient(_ found: Tensor?, norm: Double, first: [Double], _ name: String) {
    let values = (found?.values ?? []).map { Double($0) }
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(length / norm - 1) < Self.gradientTolerance, "\(name)")
    for (value, expected) in zip(values, first) {
      #expect(abs(value - expected) < Self.gradientTolerance * norm, "\(name)")
    }
  }

  /// The fixture's first values: A 0.01 sin(1 + i), B 0.01 cos(1 + i), i in row-major order.
  private func setFirstValues(_ trainer: LanguageModelTrainer) {
    trainer.setTrained(
      trainer.trained.reduce(into: [:]) { result, entry in
        let function: (Double) -> Double = entry.key.hasSuffix("lora_a") ? { sin($0) } : { cos($0) }
        result[entry.key] = Tensor(
          (0..<entry.value.count).map { Float(0.01 * function(Double(1 + $0))) },
          shape: entry.value.shape)
      })
  }

  @Test func adapters() throws {
    let expected = try Fixture.decode("smollm2/lora_gradients.json", as: Gradients.self)
    let file = try GGUFFile(reading: RealData.languageModel ?? "")
    let trainer = try LanguageModelTrainer(
      LlamaConfiguration(file), weights: file, method: .lowRank(LowRankSettings()), seed: 0,
      lanes: Lanes(2))
    let tape = Tape(lanes: Lanes(2), isRecording: false)
    let without = trainer.loss([expected.ids], on: tape).value.item
    #expect(abs(without - expected.lossWithoutLora) < Self.lossTolerance)
    setFirstValues(trainer)
    let loss = trainer.addGradients([expected.ids], lanes: Lanes(2))
    #expect(abs(loss - expected.loss) < Self.lossTolerance)
    let gradients = trainer.gradients
    #expect(expected.lora.count == 3)
    for (name, values) in expected.lora {
      let stem = name.dropLast("weight".count)
      expectGradient(
        gradients[stem + "lora_a"], norm: values.gradAL2, first: values.gradAFirst8, name)
      expectGradient(
        gradients[stem + "lora_b"], norm: values.gradBL2, first: values.gradBFirst8, name)
    }
    let norm = trainer.parameters.clipGradients(toNorm: 1e9, lanes: Lanes(2))
    #expect(abs(norm / expected.loraGradL2All - 1) < Self.gradientTolerance)
    var step = SGD()
    step.step(trainer.parameters, learningRate: expected.afterSgdStep.lr, lanes: Lanes(2))
    let after = trainer.loss([expected.ids], on: tape).value.item
    #expect(abs(after - expected.afterSgdStep.loss) < 10 * Self.lossTolerance)
  }

  /// The fixture's base gradients are those beside its adapters, which change the weights little
  /// but not nothing: the adapters are merged first.
  @Test func baseWeights() throws {
    let expected = try Fixture.decode("smollm2/lora_gradients.json", as: Gradients.self)
    let file = try GGUFFile(reading: RealData.languageModel ?? "")
    let configuration = try LlamaConfiguration(file)
    let adapted = try LanguageModelTrainer(
      configuration, weights: file, method: .lowRank(LowRankSettings()), seed: 0, lanes: Lanes(2))
    setFirstValues(adapted)
    let merged = try #require(adapted.adapter).merged(configuration, into: file, lanes: Lanes(2))
    let trainer = try LanguageModelTrainer(
      configuration, weights: ReplacedWeights(merged, over: file), method: .full, seed: 0,
      lanes: Lanes(2))
    let loss = trainer.addGradients([expected.ids], lanes: Lanes(2))
    #expect(abs(loss - expected.loss) < Self.lossTolerance)
    let gradients = trainer.gradients
    for (name, values) in expected.base {
      expectGradient(gradients[name], norm: values.gradL2, first: values.gradFirst8, name)
    }
    let table = try #require(gradients["token_embd.weight"])
    let row = try #require(expected.base["token_embd.weight"]?.gradRowOfFirstToken)
    for (value, wanted) in zip(table.rows(row.row..<row.row + 1).values, row.first8) {
      #expect(abs(Double(value) - wanted) < Self.gradientTolerance)
    }
  }
}

import Compute
import Pipeline

/// The speed of a language model: reading a prompt at once, and writing token after token behind
/// it.
package struct LanguageBenchmark {
  /// One measured speed.
  package struct Outcome: Sendable {
    package let pass: String
    package let form: WeightForm
    package let lanes: Int
    package let tokens: Int
    package let tokensPerSecond: Double

    package var value: Value {
      .map([
        "pass": .string(pass), "weights": .string(form.rawValue), "lanes": .int(lanes),
        "clock": .string(BenchClock(lanes: lanes).rawValue), "tokens": .int(tokens),
        "tokens_per_second": .double(tokensPerSecond),
      ])
    }
  }

  private static let (promptTokens, writtenTokens) = (512, 64)

  private let model: LanguageModel
  private let lanes: Lanes
  private let prompt: [Int32]

  /// - Parameters:
  ///   - path: a GGUF file.
  ///   - lanes: cores to compute on.
  /// - Throws: what is wrong with the file.
  package init(path: String, lanes: Int) throws {
    self.lanes = Lanes(lanes)
    model = try LanguageModel(reading: GGUFFile(reading: path), lanes: self.lanes)
    var random = RandomStream.generator(seed: 0, purpose: "benchmark")
    let vocabulary = model.configuration.vocabulary
    prompt = (0..<Self.promptTokens).map { _ in Int32(random.index(below: vocabulary)) }
  }

  /// Best of several rounds: the rest of the machine can only slow one down.
  ///
  /// - Parameter rounds: at least 1.
  /// - Returns: reading, then writing with each form of the weights.
  /// - Throws: `LanguageModelError`.
  package func measure(rounds: Int) throws -> [Outcome] {
    let clock = BenchClock(lanes: lanes.count)
    var best: [String: Double] = [:]
    func note(_ name: String, _ seconds: Double) {
      best[name] = min(best[name] ?? .infinity, seconds)
    }
    for _ in 0..<rounds {
      var cache = KeyValueCache(
        model.configuration, capacity: Self.promptTokens + Self.writtenTokens)
      let start = clock.now()
      let hidden = try model.forward(.init(prompt), cache: &cache, lanes: lanes).hidden
      let last = hidden.rows(prompt.count - 1..<prompt.count)
      _ = try model.logits(last, lanes: lanes)
      note("prefill", clock.now() - start)
      for form in WeightForm.allCases {
        var options = ForwardOptions()
        options.form = form
        let start = clock.now()
        _ = try model.generate(
          after: last, position: prompt.count, cache: &cache,
          .init(maximumTokens: Self.writtenTokens, options: options), lanes: lanes)
        note(form.rawValue, clock.now() - start)
        cache.truncate(to: prompt.count)
      }
    }
    func outcome(_ pass: String, _ form: WeightForm, _ tokens: Int, _ name: String) -> Outcome {
      Outcome(
        pass: pass, form: form, lanes: lanes.count, tokens: tokens,
        tokensPerSecond: Double(tokens) / (best[name] ?? .infinity))
    }
    return [outcome("prefill", .floats, Self.promptTokens, "prefill")]
      + WeightForm.allCases.map { outcome("decode", $0, Self.writtenTokens, $0.rawValue) }
  }
}

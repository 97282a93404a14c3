import Compute
import Foundation
import Pipeline

/// A language model as stages hand it on: the GGUF file itself, an artifact of type `file`.
struct LanguageArtifact {
  let file: GGUFFile
  let tokenizer: Tokenizer
  let configuration: LlamaConfiguration
  /// First digits of the file's hash.
  let hash: String

  /// Reads what describes the model, not its weights.
  ///
  /// - Throws: ``StageFailure`` for a file that is not sound or of another architecture.
  init(_ input: InputArtifact) throws {
    hash = String(input.hash.prefix(8))
    (file, tokenizer, configuration) = try Self.reading("input model") {
      let file = try GGUFFile(reading: input.url.path)
      return (file, try Tokenizer(file), try LlamaConfiguration(file))
    }
  }

  /// What a stage with one model of the asset's size needs.
  static let memoryBytes = 3 << 29

  /// The weights, tuned where there is an adapter, ready to compute.
  func model(_ adapter: Adapter? = nil, lanes: Lanes) throws -> LanguageModel {
    try Self.reading("input model") {
      guard let adapter else { return try LanguageModel(reading: file, lanes: lanes) }
      let weights = ReplacedWeights(
        try adapter.weights(over: self, lanes: lanes), over: file)
      return try LanguageModel(configuration, weights: weights, lanes: lanes)
    }
  }

  /// Values of ``LanguageColumns/model``.
  func cells(_ adapter: Adapter?) -> [Value] { [.string(hash), .string(adapter?.name ?? "none")] }

  /// - Throws: ``StageFailure`` when so many tokens do not fit the context.
  func requireContext(_ tokens: Int, at place: String) throws {
    let limit = configuration.contextLength
    guard tokens > limit else { return }
    throw StageFailure(
      at: place, "\(tokens) tokens are asked for", why: "the model's context is \(limit)",
      fix: "use at most \(limit), or the stages for long contexts")
  }

  /// What a user can mend about a file, as a stage says it.
  static func reading<R>(_ place: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as GGUFError {
      throw StageFailure(at: place, error.what, why: error.why, fix: error.fix)
    }
  }

  /// What a model refuses while it computes, as a stage says it.
  static func computing<R>(at place: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as LanguageModelError {
      throw error.failure(at: place)
    }
  }

  /// The tokens of a text artifact, without those of special meaning.
  ///
  /// - Throws: ``StageFailure`` for fewer than `minimum` tokens, or a text that is not UTF-8.
  func tokens(
    of input: InputArtifact, slot: String, minimum: Int, _ context: StageContext
  ) throws -> [Int32] {
    guard let text = String(validating: try Data(contentsOf: input.url), as: UTF8.self) else {
      throw StageFailure(
        at: "input \(slot)", "the text is not UTF-8", fix: "convert it to UTF-8")
    }
    let encoding = tokenizer.encode(text)
    if encoding.unknownByteCount > 0 {
      context.log(
        "warning: \(encoding.unknownByteCount) bytes of \(slot) have no token and became the "
          + "unknown one; strip control characters")
    }
    guard encoding.ids.count >= minimum else {
      throw StageFailure(
        at: "input \(slot)", "the text has \(encoding.ids.count) tokens",
        why: "at least \(minimum) are needed", fix: "give a longer text")
    }
    return encoding.ids
  }
}

extension LanguageModelError {
  /// As a stage says it.
  func failure(at place: String) -> StageFailure {
    let parts = description.split(separator: "; ", maxSplits: 1).map(String.init)
    return StageFailure(at: place, parts[0], fix: parts.count > 1 ? parts[1] : "")
  }
}

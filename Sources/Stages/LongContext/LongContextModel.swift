import Compute
import Pipeline

/// A language model of an artifact, with its weights packed.
struct LongContextModel {
  let model: LanguageModel
  let artifact: LanguageArtifact
  var tokenizer: Tokenizer { artifact.tokenizer }
  /// Tokens that end an answer.
  var stopIDs: Set<Int32> { tokenizer.stopIDs }

  /// - Parameters:
  ///   - input: a GGUF file.
  ///   - lanes: cores to use.
  /// - Throws: ``StageFailure`` that says what is wrong with the file.
  init(reading input: InputArtifact, lanes: Lanes) throws {
    artifact = try LanguageArtifact(input)
    model = try artifact.model(lanes: lanes)
  }
}

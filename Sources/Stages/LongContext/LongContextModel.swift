import Compute
import Pipeline

/// A language model of an artifact, with its tokenizer.
struct LongContextModel {
  let model: LanguageModel
  let tokenizer: Tokenizer
  /// Tokens that end an answer.
  var stopIDs: Set<Int32> { [tokenizer.end] }

  /// - Parameters:
  ///   - artifact: a GGUF file.
  ///   - lanes: cores to use.
  /// - Throws: ``StageFailure`` that says what is wrong with the file.
  init(reading artifact: InputArtifact, lanes: Lanes) throws {
    do {
      let file = try GGUFFile(reading: artifact.url.path)
      model = try LanguageModel(reading: file, lanes: lanes)
      tokenizer = try Tokenizer(file)
    } catch let error as GGUFError {
      throw StageFailure(at: "input model", error.what, why: error.why, fix: error.fix)
    }
  }
}

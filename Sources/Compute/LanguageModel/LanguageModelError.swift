/// What a language model refuses, or finds wrong in its own numbers.
package enum LanguageModelError: Error, Equatable {
  /// No tokens, or fewer than the request needs.
  case tooFewTokens(found: Int, needed: Int)
  case tokenOutside(id: Int, vocabulary: Int)
  case positionOutside(position: Int, limit: Int)
  /// NaN or infinity in the values behind this layer, counted from 0; nil: behind the last norm.
  case notFinite(layer: Int?)
}

extension LanguageModelError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooFewTokens(let found, let needed):
      "\(found) tokens, at least \(needed) are needed; give a longer text"
    case .tokenOutside(let id, let vocabulary):
      "token \(id) is outside the vocabulary 0..<\(vocabulary); encode the text with this model's "
        + "tokenizer"
    case .positionOutside(let position, let limit):
      "position \(position) is outside the context 0..<\(limit); shorten the text or choose a "
        + "method that extends the context"
    case .notFinite(let layer):
      "NaN or infinity first appears behind \(layer.map { "layer \($0)" } ?? "the last norm"); the "
        + "weights are damaged, or a scaled position or learning rate is too extreme"
    }
  }
}

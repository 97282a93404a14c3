/// Why tokens or messages were refused.
package enum TokenizerError: Error, Equatable, CustomStringConvertible {
  case idOutside(Int32, count: Int)
  case noSpecial(String)

  package var description: String {
    switch self {
    case .idOutside(let id, let count):
      "token \(id) is outside the vocabulary\ntokens are 0...\(count - 1)\n"
        + "fix: use tokens of this model"
    case .noSpecial(let text):
      "the vocabulary has no token \(text)\nchats of this program need it\n"
        + "fix: use a model that was tuned for chats of the ChatML form"
    }
  }
}

/// Messages in the form the model was tuned on (ChatML, with a system message of SmolLM2's).
package struct Chat: Sendable, Equatable {
  package enum Role: String, Sendable, CaseIterable {
    case system, user, assistant
  }

  package struct Message: Sendable, Equatable {
    package let role: Role
    package let content: String

    package init(_ role: Role, _ content: String) {
      self.role = role
      self.content = content
    }
  }

  /// What the file's template puts first where the messages do not begin with a system message.
  package static let systemMessage =
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face"

  private static let start = "<|im_start|>"
  private static let end = "<|im_end|>"

  /// All messages, with a system message in front.
  package let messages: [Message]

  package init(_ messages: [Message]) {
    let hasSystem = messages.first?.role == .system
    self.messages = (hasSystem ? [] : [Message(.system, Self.systemMessage)]) + messages
  }

  /// The whole as text; with `answer` it ends where an answer begins.
  package func rendered(answer: Bool) -> String {
    messages.map { "\(Self.start)\($0.role)\n\($0.content)\(Self.end)\n" }.joined()
      + (answer ? "\(Self.start)assistant\n" : "")
  }

  /// The whole as tokens. What messages say is never taken for tokens of special meaning.
  ///
  /// - Parameters:
  ///   - tokenizer: of the model.
  ///   - answer: whether it ends where an answer begins.
  /// - Returns: tokens and how many bytes have none.
  /// - Throws: that the vocabulary has no tokens for turns.
  package func encoded(
    by tokenizer: Tokenizer, answer: Bool
  ) throws(TokenizerError) -> Tokenizer.Encoding {
    guard let start = tokenizer.specials[Self.start] else { throw .noSpecial(Self.start) }
    guard let end = tokenizer.specials[Self.end] else { throw .noSpecial(Self.end) }
    var whole = Tokenizer.Encoding()
    func append(_ text: String) {
      let part = tokenizer.encode(text)
      whole.ids += part.ids
      whole.unknownByteCount += part.unknownByteCount
    }
    for message in messages {
      whole.ids.append(start)
      append("\(message.role)\n\(message.content)")
      whole.ids.append(end)
      append("\n")
    }
    if answer {
      whole.ids.append(start)
      append("assistant\n")
    }
    return whole
  }
}

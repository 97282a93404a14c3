import Compute
import Foundation
import Testing

/// Texts and chats of the language model's vocabulary, against its original tokenizer.
@Suite(.enabled(if: RealData.languageModel != nil, "the language model is not here"))
struct LanguageModelTextTests {
  private struct Texts: Decodable {
    struct Case: Decodable {
      let name: String
      let text: String
      let ids: [Int32]
      let idsSpecialsAsText: [Int32]?
      let decodedEqualsText: Bool
    }
    let cases: [Case]
  }

  private struct Conversation: Decodable {
    struct Message: Decodable {
      let role: String
      let content: String
    }
    let messages: [Message]
    let rendered: String
    let ids: [Int32]
  }

  private static func tokenizer() throws -> Tokenizer {
    try Tokenizer(GGUFFile(reading: #require(RealData.languageModel)))
  }

  @Test func texts() throws {
    let tokenizer = try Self.tokenizer()
    let texts: Texts = try Fixture.decode("smollm2/tokenization.json")
    #expect(texts.cases.count == 27)
    for text in texts.cases {
      let encoding = tokenizer.encode(text.text, specials: true)
      #expect(encoding.ids == text.ids, "\(text.name)")
      #expect(
        tokenizer.encode(text.text).ids == text.idsSpecialsAsText ?? text.ids, "\(text.name)")
      let decoded = try tokenizer.decode(encoding.ids, specials: true)
      #expect((decoded == text.text) == text.decodedEqualsText, "\(text.name)")
      #expect((encoding.unknownByteCount == 0) == text.decodedEqualsText, "\(text.name)")
    }
  }

  @Test func chats() throws {
    let tokenizer = try Self.tokenizer()
    let conversations: [Conversation] = try Fixture.decode("smollm2/chat.json")
    #expect(conversations.count == 3)
    for conversation in conversations {
      let messages = try conversation.messages.map {
        Chat.Message(try #require(Chat.Role(rawValue: $0.role)), $0.content)
      }
      let chat = Chat(messages)
      #expect(chat.rendered(answer: true) == conversation.rendered)
      #expect(try chat.encoded(by: tokenizer, answer: true).ids == conversation.ids)
    }
  }

  /// Every text without the missing bytes comes back: here of scalars below U+40000.
  @Test func roundTrip() throws {
    let tokenizer = try Self.tokenizer()
    var random = RandomStream.generator(seed: 1, purpose: "texts")
    for _ in 0..<200 {
      var text = ""
      for _ in 0..<random.index(below: 40) {
        let limit = [0x80, 0x800, 0x10000, 0x40000][random.index(below: 4)]
        let scalar = Unicode.Scalar(UInt32(0x20 + random.index(below: limit - 0x20)))
        text.unicodeScalars.append(scalar ?? "x")
      }
      let encoding = tokenizer.encode(text)
      #expect(encoding.unknownByteCount == 0)
      #expect(try Array(tokenizer.decode(encoding.ids).utf8) == Array(text.utf8))
    }
  }
}

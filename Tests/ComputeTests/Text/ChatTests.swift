import Compute
import Testing

@Suite struct ChatTests {
  @Test func contentNeverEndsATurn() throws {
    let tokenizer = try TinyVocabulary.tokenizer()
    let chat = Chat([Chat.Message(.system, "ab"), Chat.Message(.user, "<|im_end|>")])
    let ids = try chat.encoded(by: tokenizer, answer: true).ids
    #expect(ids.filter { $0 == 2 }.count == 2)
    #expect(ids.filter { $0 == 1 }.count == 3)
    #expect(try tokenizer.decode(ids, specials: true) == chat.rendered(answer: true))
    #expect(
      chat.rendered(answer: false) == "<|im_start|>system\nab<|im_end|>\n"
        + "<|im_start|>user\n<|im_end|><|im_end|>\n")
  }

  @Test func refusesVocabulariesWithoutTurns() throws {
    var metadata = TinyVocabulary.metadata()
    metadata["tokenizer.ggml.token_type"] = nil
    let tokenizer = try TinyVocabulary.tokenizer(metadata)
    let error = #expect(throws: TokenizerError.self) {
      try Chat([]).encoded(by: tokenizer, answer: true)
    }
    #expect(
      error?.description == "the vocabulary has no token <|im_start|>\n"
        + "chats of this program need it\n"
        + "fix: use a model that was tuned for chats of the ChatML form")
  }
}

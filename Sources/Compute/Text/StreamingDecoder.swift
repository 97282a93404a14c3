/// Text of tokens as they come: bytes of a character that is not complete are kept back.
package struct StreamingDecoder {
  private let tokenizer: Tokenizer
  private var held: [UInt8] = []

  package init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// What can be shown once this token is there; tokens of special meaning show nothing.
  ///
  /// - Throws: that there is no such token.
  package mutating func append(_ id: Int32) throws(TokenizerError) -> String {
    held += try tokenizer.bytes(of: id, specials: false)
    let complete = held.count - Self.incompleteCount(held)
    let text = String(decoding: held[..<complete], as: UTF8.self)
    held.removeFirst(complete)
    return text
  }

  /// What is left, with U+FFFD for an incomplete character.
  package mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }

  /// How many bytes at the end could still become a character.
  private static func incompleteCount(_ bytes: [UInt8]) -> Int {
    for (behind, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
      let needed =
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
      return needed > behind + 1 ? behind + 1 : 0
    }
    return 0
  }
}

import Compute
import Pipeline

/// How texts become token ids: by a closed list of words, or by CLIP's merges.
struct TextEncoding: Sendable {
  private enum Kind: Sendable {
    case words([String: Int32], count: Int)
    case merges(CLIPTokenizer)
  }

  /// A text as ids.
  struct Encoded: Sendable {
    /// Start, tokens, end.
    let ids: [Int32]
    /// Words as written, and the positions of their tokens.
    let words: [(text: String, positions: Range<Int>)]

    /// As many of its tokens as a context holds, and the end behind them.
    func cut(to context: Int) -> Encoded {
      let last = context - 1
      return Encoded(
        ids: ids.prefix(last) + ids.suffix(1),
        words: words.filter { $0.positions.lowerBound < last }
          .map { ($0.text, $0.positions.clamped(to: 0..<last)) })
    }
  }

  private let kind: Kind
  /// Whether texts that exceed the context are cut to it, instead of refused.
  var cutsLongTexts = false

  /// Padding is id 0, then the start, the words, the end: the largest id is where a text ends.
  init(words: [String]) {
    let ids = words.enumerated().map { ($1, Int32($0 + 2)) }
    kind = .words(Dictionary(ids) { first, _ in first }, count: words.count)
  }

  init(merges: CLIPTokenizer) { kind = .merges(merges) }

  /// Number of ids.
  var vocabulary: Int {
    switch kind {
    case .words(_, let count): count + 3
    case .merges(let tokenizer): tokenizer.vocabulary
    }
  }

  /// The ids of a text.
  ///
  /// - Throws: ``StageFailure`` for a word outside the list, or a mark that begins or ends texts:
  ///   what follows an end would not be read.
  func encoded(_ text: String) throws -> Encoded {
    let parts: [(String, [Int32])]
    let (start, end): (Int32, Int32)
    switch kind {
    case .words(let known, let count):
      (start, end) = (1, Int32(count + 2))
      parts = try text.split(separator: " ").map { word in
        guard let id = known[String(word)] else {
          let nearest = known.keys.sorted().prefix(12).joined(separator: ", ")
          throw StageFailure(
            at: "text \"\(text)\"", "the word \"\(word)\" is not one that this model knows",
            why: "it was trained on a closed list of \(count) words: \(nearest)...",
            fix: "write the text in those words")
        }
        return (String(word), [id])
      }
    case .merges(let tokenizer):
      (start, end) = (tokenizer.start, tokenizer.end)
      parts = tokenizer.words(text).map { ($0.text, $0.ids) }
    }
    if let (mark, _) = parts.first(where: { $0.1.contains(start) || $0.1.contains(end) }) {
      throw StageFailure(
        at: "text \"\(text.prefix(60))\"", "it holds the mark \(mark)",
        why: "the model reads a text up to its first end", fix: "leave the mark out")
    }
    var ids = [start]
    var words: [(String, Range<Int>)] = []
    for (word, tokens) in parts {
      words.append((word, ids.count..<ids.count + tokens.count))
      ids += tokens
    }
    return Encoded(ids: ids + [end], words: words)
  }

  /// Texts as one block of ids, padded to the longest or to the context.
  ///
  /// - Throws: ``StageFailure`` for a word outside the list, or a text that exceeds the context and
  ///   is not to be cut.
  func encoded(
    _ texts: [String], context: Int, fillsContext: Bool = false
  ) throws -> (ids: [Int32], texts: [Encoded]) {
    let encoded = try texts.map { text in
      let one = try self.encoded(text)
      guard one.ids.count <= context else {
        if cutsLongTexts { return one.cut(to: context) }
        throw StageFailure(
          at: "text \"\(text.prefix(60))\"",
          "\(one.ids.count) tokens with start and end, the context holds \(context)",
          why: "the text tower has a position for each token",
          fix: "write a shorter text, or long_texts: cut where the model is loaded")
      }
      return one
    }
    let length = fillsContext ? context : encoded.map(\.ids.count).max() ?? 0
    return (
      encoded.flatMap { $0.ids + [Int32](repeating: 0, count: length - $0.ids.count) }, encoded
    )
  }
}

/// One question about a long text, as tokens.
package struct LongContextSample: Sendable, Equatable {
  package var id: Int
  /// Which text it asks about: samples of one number and length differ in the needle alone.
  package var text: Int
  package var task: String
  /// Tokens of the text asked for.
  package var length: Int
  package var depth: Double
  /// An instruction before every text; may be empty.
  package var prefix: [Int32]
  package var context: [Int32]
  package var question: [Int32]
  package var answer: String
  /// Tokens of `context` that hold the answer.
  package var needle: Range<Int>
  /// Answers to other questions that the text holds too.
  package var distractors: [String]

  package init(
    id: Int, text: Int? = nil, task: String, length: Int, depth: Double, prefix: [Int32],
    context: [Int32], question: [Int32], answer: String, needle: Range<Int>,
    distractors: [String] = []
  ) {
    self.id = id
    self.text = text ?? id
    self.task = task
    self.length = length
    self.depth = depth
    self.prefix = prefix
    self.context = context
    self.question = question
    self.answer = answer
    self.needle = needle
    self.distractors = distractors
  }
}

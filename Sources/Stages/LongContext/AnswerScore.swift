/// How an answer is judged.
package struct AnswerScore: Sendable, Equatable {
  /// What of the answer's text counts: its first run of digits, or its first eight characters.
  package let given: String
  package let isCorrect: Bool
  /// Whether it answers another question of the same text.
  package let isDistractor: Bool

  /// - Parameters:
  ///   - text: what was generated.
  ///   - sample: what was asked.
  package init(_ text: String, for sample: LongContextSample) {
    if sample.task == NeedleTask.kv.rawValue {
      given = String(text.prefix(8))
    } else {
      let digits = text.drop { !("0"..."9").contains($0) }
      given = String(digits.prefix { ("0"..."9").contains($0) })
    }
    isCorrect = given == sample.answer
    isDistractor = sample.distractors.contains(given)
  }
}

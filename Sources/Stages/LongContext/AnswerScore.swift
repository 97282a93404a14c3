import Foundation

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

/// Bounds of a proportion.
package enum WilsonInterval {
  /// The 95 % score interval of `successes` among `trials`, inside 0...1.
  ///
  /// - Source: Wilson 1927.
  package static func bounds(_ successes: Int, of trials: Int) -> (low: Double, high: Double) {
    guard trials > 0 else { return (0, 1) }
    let (n, z) = (Double(trials), 1.959963984540054)
    let p = Double(successes) / n
    let center = p + z * z / (2 * n)
    let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return (max(0, (center - spread) / scale), min(1, (center + spread) / scale))
  }
}

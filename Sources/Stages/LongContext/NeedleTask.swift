import Compute
import Pipeline

/// Questions whose answer stands somewhere in a long text that has nothing to do with it.
package enum NeedleTask: String, CaseIterable, Sendable {
  /// Five digits in a paragraph of their own.
  case passkey
  /// Ten digits, each written twice.
  case number_string
  /// Eight sentences with a code each, one of which is asked for.
  case multikey
  /// A list of keys and values of eight hexadecimal digits, nothing else.
  case kv

  /// What stands before every text.
  package var instruction: String {
    switch self {
    case .passkey: "A pass key is hidden in the text below. Remember it.\n\n"
    case .number_string: "A sequence of digits is hidden in the text below. Remember it.\n\n"
    case .multikey: "Secret codes are hidden in the text below. Remember them.\n\n"
    case .kv: "The values of some keys:\n\n"
    }
  }

  /// Facts to hide and the question about the first of them.
  struct Facts {
    /// Texts to hide, the one asked for first.
    var needles: [String]
    var question: String
    var answer: String
    var distractors: [String] = []
  }

  private static let animals = [
    "falcon", "otter", "badger", "heron", "lynx", "beaver", "raven", "salmon",
  ]

  func facts(_ random: inout SplitMix64) -> Facts {
    func digits(_ count: Int) -> String {
      (0..<count).map { "\($0 == 0 ? 1 + random.index(below: 9) : random.index(below: 10))" }
        .joined()
    }
    switch self {
    case .passkey:
      let key = digits(5)
      return Facts(
        needles: ["\n\nThe pass key is \(key). Remember it. \(key) is the pass key.\n\n"],
        question: "\n\nThe pass key is", answer: key)
    case .number_string:
      let text = digits(10).map { "\($0)\($0)" }.joined()
      return Facts(
        needles: ["\n\nThe sequence of digits is \(text). Remember it.\n\n"],
        question: "\n\nThe sequence of digits is", answer: text)
    case .multikey:
      let order = random.permutation(Self.animals.count).map { Self.animals[$0] }
      let codes = order.map { _ in digits(5) }
      return Facts(
        needles: zip(order, codes).map { "\n\nThe secret code for \($0) is \($1).\n\n" },
        question: "\n\nThe secret code for \(order[0]) is", answer: codes[0],
        distractors: codes.dropFirst().filter { $0 != codes[0] })
    case .kv:
      let (key, value) = (Self.hex(&random), Self.hex(&random))
      return Facts(
        needles: [Self.line(key, value)], question: "\n\"\(key)\": \"", answer: value)
    }
  }

  private static func hex(_ random: inout SplitMix64) -> String {
    (0..<8).map { _ in String(random.index(below: 16), radix: 16) }.joined()
  }

  private static func line(_ key: String, _ value: String) -> String {
    "\"\(key)\": \"\(value)\",\n"
  }

  /// One more line of a list that nobody asks about.
  static func fillerLine(_ random: inout SplitMix64) -> String {
    line(hex(&random), hex(&random))
  }
}

extension NeedleTask {
  /// What samples are made of.
  package struct Plan: Sendable {
    package var lengths: [Int]
    package var depths: [Double]
    /// Texts for each length.
    package var samples: Int
    package var seed: Int
    /// Whether a text hides its needle at one depth alone, the depths in turn; else at all of them.
    package var isSpread: Bool

    package init(
      lengths: [Int], depths: [Double], samples: Int, seed: Int, isSpread: Bool = false
    ) {
      (self.lengths, self.depths) = (lengths, depths)
      (self.samples, self.seed, self.isSpread) = (samples, seed, isSpread)
    }
  }

  /// Samples by length, then number, then depth.
  ///
  /// The needle takes the place of as many tokens of the text, so that all of the text outside of
  /// its chunk is the same at every depth.
  ///
  /// - Parameters:
  ///   - plan: how many and how long.
  ///   - text: tokens to hide needles in, at least as many as the longest length; not used by `kv`.
  ///   - encode: tokens of a text.
  /// - Returns: lengths x samples x depths; lengths x samples where spread.
  /// - Throws: `StageFailure` where needles do not fit in a text.
  package func samples(
    _ plan: Plan, text: [Int32], encode: (String) -> [Int32]
  ) throws -> [LongContextSample] {
    var result: [LongContextSample] = []
    for length in plan.lengths {
      for number in 0..<plan.samples {
        var random = RandomStream.generator(
          seed: UInt64(plan.seed), purpose: "haystack \(rawValue)", length, number)
        let hay = haystack(length, text: text, &random, encode: encode)
        for (index, depth) in plan.depths.enumerated()
        where !plan.isSpread || index == number % plan.depths.count {
          var random = RandomStream.generator(
            seed: UInt64(plan.seed), purpose: "needle \(rawValue)", length, number, index)
          let facts = facts(&random)
          var context = hay
          let needles = facts.needles.map(encode)
          guard let needle = Self.hide(needles, in: &context, depth: depth, &random) else {
            throw StageFailure(
              at: "parameter lengths",
              "facts of \(needles.reduce(0) { $0 + $1.count }) tokens do not fit in \(length)",
              why: "task \(rawValue) hides \(needles.count), the first at depth "
                + Value.double(depth).plainText, fix: "take longer texts")
          }
          result.append(
            LongContextSample(
              id: result.count, text: number, task: rawValue, length: length, depth: depth,
              prefix: encode(instruction), context: context, question: encode(facts.question),
              answer: facts.answer, needle: needle, distractors: facts.distractors))
        }
      }
    }
    return result
  }

  private func haystack(
    _ length: Int, text: [Int32], _ random: inout SplitMix64, encode: (String) -> [Int32]
  ) -> [Int32] {
    guard self == .kv else {
      precondition(text.count >= length, "needle task: \(text.count) tokens for \(length)")
      let start = random.index(below: text.count - length + 1)
      return Array(text[start..<start + length])
    }
    var ids: [Int32] = []
    while ids.count < length { ids += encode(Self.fillerLine(&random)) }
    return Array(ids.prefix(length))
  }

  /// Writes needles over tokens: the first at `depth` of the text, the others apart from it and
  /// from each other. Gaps are drawn, not places: that ends however full the text is.
  ///
  /// - Returns: where the first is; nil where they do not fit.
  private static func hide(
    _ needles: [[Int32]], in context: inout [Int32], depth: Double, _ random: inout SplitMix64
  ) -> Range<Int>? {
    let room = context.count - needles[0].count
    guard room >= 0 else { return nil }
    let start = Int(depth * Double(room))
    let first = start..<start + needles[0].count
    context.replaceSubrange(first, with: needles[0])
    var sides = [(range: 0..<first.lowerBound, needles: [[Int32]](), free: first.lowerBound)]
    sides.append((first.upperBound..<context.count, [], context.count - first.upperBound))
    for needle in needles.dropFirst() {
      let open = sides.indices.filter { sides[$0].free >= needle.count }
      let total = open.reduce(0) { $0 + sides[$1].free }
      guard total > 0 else { return nil }
      var draw = random.index(below: total)
      guard
        let side = open.first(where: { side in
          defer { draw -= sides[side].free }
          return draw < sides[side].free
        })
      else { return nil }
      sides[side].needles.append(needle)
      sides[side].free -= needle.count
    }
    for side in sides {
      let gaps = side.needles.map { _ in random.index(below: side.free + 1) }.sorted()
      var place = side.range.lowerBound
      for (needle, gap) in zip(side.needles, gaps) {
        context.replaceSubrange(place + gap..<place + gap + needle.count, with: needle)
        place += needle.count
      }
    }
    return first
  }
}

import Compute
import Foundation
import Pipeline
import Stages
import Testing

struct NeedleTaskTests {
  /// One token a byte.
  private static func encode(_ text: String) -> [Int32] { text.utf8.map { Int32($0) } }
  private static func decode(_ ids: some Sequence<Int32>) -> String {
    String(decoding: ids.map { UInt8($0) }, as: UTF8.self)
  }

  static let plan = NeedleTask.Plan(
    lengths: [600, 1000], depths: [0, 0.5, 1], samples: 2, seed: 3)
  static let text = [Int32](repeating: 46, count: 5000)

  @Test(arguments: NeedleTask.allCases) func needlesStandWhereTheyShould(task: NeedleTask) throws {
    let samples = try task.samples(Self.plan, text: Self.text, encode: Self.encode)
    #expect(samples.map(\.id) == Array(0..<12))
    #expect(
      samples.map(\.length) == Array(repeating: 600, count: 6) + Array(repeating: 1000, count: 6))
    for sample in samples {
      #expect(sample.context.count == sample.length)
      let room = sample.length - sample.needle.count
      #expect(sample.needle.lowerBound == Int(sample.depth * Double(room)))
      let needle = Self.decode(sample.context[sample.needle])
      #expect(needle.contains(sample.answer))
      let stem = Self.decode(sample.question).drop { $0.isWhitespace }
      #expect(needle.contains(stem))
      let context = Self.decode(sample.context)
      #expect(sample.distractors.count == (task == .multikey ? 7 : 0))
      #expect(sample.distractors.allSatisfy { context.contains($0) })
      #expect(sample.prefix == Self.encode(task.instruction))
    }
    let again = try task.samples(Self.plan, text: Self.text, encode: Self.encode)
    #expect(samples == again)
    var other = Self.plan
    other.seed = 4
    let others = try task.samples(other, text: Self.text, encode: Self.encode)
    #expect(samples != others)
    #expect(samples.map(\.text) == [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1])
  }

  /// Spread texts have one depth each, the depths in turn.
  @Test func spreadDepths() throws {
    var plan = Self.plan
    (plan.isSpread, plan.samples, plan.lengths) = (true, 4, [600])
    let samples = try NeedleTask.passkey.samples(plan, text: Self.text, encode: Self.encode)
    #expect(samples.map(\.depth) == [0, 0.5, 1, 0] && samples.map(\.text) == [0, 1, 2, 3])
  }

  /// Eight needles of 40 bytes in few more than 320: every drawing ends, with all of them whole or
  /// with a refusal.
  @Test func crowdedTexts() throws {
    for seed in 0..<50 {
      let plan = NeedleTask.Plan(lengths: [360], depths: [0.1], samples: 1, seed: seed)
      let samples = try NeedleTask.multikey.samples(plan, text: Self.text, encode: Self.encode)
      let context = Self.decode(samples[0].context)
      #expect(context.components(separatedBy: "The secret code for").count == 9)
      #expect(samples[0].distractors.allSatisfy { context.contains($0) })
    }
    #expect(throws: StageFailure.self) {
      try NeedleTask.multikey.samples(
        .init(lengths: [256], depths: [0.5], samples: 1, seed: 0), text: Self.text,
        encode: Self.encode)
    }
  }

  /// Depths of one number differ only where a needle stands.
  @Test func depthsShareTheirText() throws {
    var random = SplitMix64(seed: 2)
    let text = (0..<5000).map { _ in Int32(97 + random.index(below: 26)) }
    let samples = try NeedleTask.passkey.samples(Self.plan, text: text, encode: Self.encode)
    let (first, last) = (samples[0], samples[2])
    for index in 0..<600 where !first.needle.contains(index) && !last.needle.contains(index) {
      #expect(first.context[index] == last.context[index])
    }
    #expect(samples[0].context != samples[3].context)
  }

  @Test(arguments: [
    (" 48213. Remember", true, false), ("48213", true, false), (" 4821", false, false),
    (" 482131", false, false), (" is 11111 and 48213", false, true), ("none", false, false),
  ])
  func answers(text: String, isCorrect: Bool, isDistractor: Bool) {
    let sample = LongContextSample(
      id: 0, task: "passkey", length: 1, depth: 0, prefix: [], context: [1], question: [1],
      answer: "48213", needle: 0..<1, distractors: ["11111"])
    let score = AnswerScore(text, for: sample)
    #expect(score.isCorrect == isCorrect && score.isDistractor == isDistractor)
  }

  @Test func valuesAreComparedByEightCharacters() {
    let sample = LongContextSample(
      id: 0, task: "kv", length: 1, depth: 0, prefix: [], context: [1], question: [1],
      answer: "0a1b2c3d", needle: 0..<1)
    #expect(AnswerScore("0a1b2c3d\",\n", for: sample).isCorrect)
    #expect(!AnswerScore("0a1b2c3", for: sample).isCorrect)
  }

  /// Wilson 1927; 20 of 20 and 0 of 20 leave room for doubt.
  @Test func intervals() {
    let (low, high) = WilsonInterval.bounds(8, of: 10)
    #expect(abs(low - 0.4902) < 1e-4 && abs(high - 0.9433) < 1e-4)
    #expect(abs(WilsonInterval.bounds(20, of: 20).low - 0.8389) < 1e-4)
    #expect(WilsonInterval.bounds(0, of: 20).low == 0)
    #expect(WilsonInterval.bounds(0, of: 0) == (0, 1))
  }
}

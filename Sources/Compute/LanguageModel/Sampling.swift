import Foundation

/// How the next token is chosen from scores.
///
/// In this order: the `topK` largest, of those the smallest set whose probability reaches `topP`,
/// of those all with at least `minP` times the largest probability, then scores divided by the
/// temperature, softmax and one draw. Truncation sees the untempered probabilities; equal scores
/// rank by id, lowest first.
package struct Sampling: Sendable, Equatable {
  /// 0: the largest score always.
  package var temperature: Double
  /// 0: off.
  package var topK: Int
  /// In (0, 1]; 1: off.
  package var topP: Double
  /// In [0, 1); 0: off.
  package var minP: Double

  /// - Precondition: values in their ranges.
  package init(temperature: Double, topK: Int = 0, topP: Double = 1, minP: Double = 0) {
    precondition(
      temperature >= 0 && topK >= 0 && topP > 0 && topP <= 1 && minP >= 0 && minP < 1,
      "sampling: temperature \(temperature), top k \(topK), top p \(topP), min p \(minP)")
    (self.temperature, self.topK, self.topP, self.minP) = (temperature, topK, topP, minP)
  }

  /// The largest score, of equal ones the lowest id.
  package static let greedy = Sampling(temperature: 0)

  /// The tokens that may be drawn.
  ///
  /// - Parameter logits: scores, none of them NaN.
  /// - Returns: tokens, most probable first, with their probabilities.
  package func distribution(_ logits: [Float]) -> (ids: [Int32], probabilities: [Double]) {
    guard temperature > 0 else { return ([Self.largest(logits)], [1]) }
    var ids = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
    if topK > 0 { ids = Array(ids.prefix(topK)) }
    if topP < 1 {
      var reached = 0.0
      let shares = Self.softmax(ids.map { Double(logits[$0]) })
      let count = shares.prefix { share in
        defer { reached += share }
        return reached < topP
      }.count
      ids = Array(ids.prefix(max(1, count)))
    }
    if minP > 0 {
      let shares = Self.softmax(ids.map { Double(logits[$0]) })
      ids = zip(ids, shares).filter { $1 >= minP * shares[0] }.map(\.0)
    }
    return (ids.map { Int32($0) }, Self.softmax(ids.map { Double(logits[$0]) / temperature }))
  }

  /// One token.
  ///
  /// - Parameters:
  ///   - logits: scores.
  ///   - unit: a uniform number in 0 ..< 1; not used by greedy choice.
  /// - Returns: its id.
  package func choose(_ logits: [Float], unit: Double) -> Int32 {
    guard temperature > 0 else { return Self.largest(logits) }
    let (ids, probabilities) = distribution(logits)
    var rest = unit
    for (id, probability) in zip(ids, probabilities) {
      rest -= probability
      if rest < 0 { return id }
    }
    return ids[ids.count - 1]
  }

  static func largest(_ logits: [Float]) -> Int32 {
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    return Int32(best)
  }

  /// Of scores in falling order.
  private static func softmax(_ scores: [Double]) -> [Double] {
    let weights = scores.map { exp($0 - scores[0]) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}

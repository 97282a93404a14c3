import Compute
import Pipeline

/// How many objects scenes have: the probabilities of one, two, three and so on.
struct ObjectShares: Sendable, CustomStringConvertible {
  private let shares: [Double]

  /// As identities of data sets have it.
  var description: String { "\(shares)" }

  /// The largest number that is ever drawn.
  var most: Int { (shares.lastIndex { $0 > 0 } ?? 0) + 1 }

  /// The parameter `objects`: up to `limit` numbers, of what `noun` names, that sum to 1.
  init(_ p: inout ParameterReader, limit: Int, noun: String) {
    shares = p.doubles(
      "objects", default: [0.4, 0.35, 0.25], in: .closed(0, 1), unit: "fraction",
      help: "probabilities of one, two, three... \(noun)")
    let sum = shares.reduce(0, +)
    if abs(sum - 1) > 1e-6 || !(1...limit).contains(shares.count) {
      let number = ["one", "two", "three", "four"][limit - 1]
      p.refuse(
        ParameterProblem(
          parameter: "objects", what: "\(shares) has the sum \(sum)",
          why: "these are the probabilities of one to \(number) \(noun)",
          fix: "write up to \(number) numbers that sum to 1"))
    }
  }

  /// A number of objects, from one uniform draw.
  func draw(_ random: inout SplitMix64) -> Int {
    var rest = random.unit()
    for (index, share) in shares.enumerated() {
      if rest < share { return index + 1 }
      rest -= share
    }
    return most
  }
}

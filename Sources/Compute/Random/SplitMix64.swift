import Foundation

/// The generator behind every random number of the program.
///
///     state += 0x9E3779B97F4A7C15; z = state
///     z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9
///     z = (z ^ z >> 27) * 0x94D049BB133111EB
///     next = z ^ z >> 31                                  (all modulo 2^64)
///
/// - Source: Steele, Lea, Flood 2014; the derived draws are fixed by this project so that every
///   platform gives the same numbers.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// The output function: a bijection of 64-bit words without visible structure.
  static func mix(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in [0, 1) with 53 bits: `(next >> 11) * 2^-53`.
  package mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform in 0 ..< count: `floor(unit * count)`.
  ///
  /// - Precondition: `count >= 1`.
  package mutating func index(below count: Int) -> Int {
    precondition(count >= 1, "random index below \(count)")
    return Int(unit() * Double(count))
  }

  /// Standard normal, one value from two draws u, v: `sqrt(-2 ln(1 - u)) cos(2 pi v)`.
  package mutating func gaussian() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * Double.pi * unit())
  }

  /// 0 ..< count in random order: Fisher-Yates from the last place down, each partner
  /// `floor(unit * (i + 1))`.
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, index(below: i + 1))
    }
    return order
  }
}

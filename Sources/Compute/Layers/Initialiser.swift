/// First values of a parameter.
package enum Initialiser: Sendable {
  case zeros
  case ones
  /// Normal with standard deviation sqrt(2 / fanOut), for convolutions followed by ReLU
  /// (He et al. 2015); fanOut = kernel height x kernel width x channels out.
  case kaimingNormal(fanOut: Int)
  /// Uniform in +-1 / sqrt(fanIn).
  case uniform(fanIn: Int)

  /// Values for a tensor of `count` elements.
  func fill(_ target: UnsafeMutablePointer<Float>, count: Int, from random: SplitMix64) {
    var random = random
    switch self {
    case .zeros:
      target.update(repeating: 0, count: count)
    case .ones:
      target.update(repeating: 1, count: count)
    case .kaimingNormal(let fanOut):
      let deviation = (2 / Double(fanOut)).squareRoot()
      for i in 0..<count { target[i] = Float(random.gaussian() * deviation) }
    case .uniform(let fanIn):
      let bound = 1 / Double(fanIn).squareRoot()
      for i in 0..<count { target[i] = Float((2 * random.unit() - 1) * bound) }
    }
  }
}

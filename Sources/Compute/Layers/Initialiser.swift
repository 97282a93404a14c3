/// First values of a parameter.
package enum Initialiser: Sendable {
  case zeros
  case ones
  /// Normal with standard deviation sqrt(2 / fanOut), for convolutions followed by ReLU
  /// (He et al. 2015); fanOut = kernel height x kernel width x channels out.
  case kaimingNormal(fanOut: Int)
  /// Normal with this standard deviation.
  case normal(deviation: Double)
  /// Uniform in +-1 / sqrt(fanIn).
  case uniform(fanIn: Int)

  /// A tensor of first values, drawn in row-major order.
  func values(_ shape: Shape, from random: SplitMix64) -> Tensor {
    var random = random
    switch self {
    case .zeros:
      return Tensor(zeros: shape)
    case .ones:
      return Tensor(repeating: 1, shape: shape)
    case .kaimingNormal(let fanOut):
      let deviation = (2 / Double(fanOut)).squareRoot()
      return Initialiser.normal(deviation: deviation).values(shape, from: random)
    case .normal(let deviation):
      return Tensor(
        (0..<shape.count).map { _ in Float(random.gaussian() * deviation) }, shape: shape)
    case .uniform(let fanIn):
      let bound = 1 / Double(fanIn).squareRoot()
      return Tensor(
        (0..<shape.count).map { _ in Float((2 * random.unit() - 1) * bound) }, shape: shape)
    }
  }
}

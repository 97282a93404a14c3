import Compute
import Foundation

/// The variables of M2IB for one image and text.
package struct Bottleneck {
  static let steps = 10
  package static let copies = 10
  /// Weight of the mean KL in the loss.
  package static let pressure: Float = 0.1
  private static let rate: Float = 1

  /// x, `[S, C]`.
  private let features: Tensor
  private let seed: UInt64
  private let index: Int
  /// One for each feature; its sigmoid is the share that passes.
  package private(set) var alpha: [Float]
  private var noise: [Float] = []
  private var first: [Float]
  private var second: [Float]
  private var stepCount = 0

  package init(features: Tensor, seed: UInt64, index: Int) {
    self.features = features
    self.seed = seed
    self.index = index
    alpha = [Float](repeating: 5, count: features.count)
    first = [Float](repeating: 0, count: features.count)
    second = first
  }

  private func lambda(_ i: Int) -> Float { 1 / (1 + exp(-alpha[i])) }

  /// Copies of the features with noise laid over, `[copies S, C]`.
  package mutating func noisy(step: Int) -> Tensor {
    var random = RandomStream.generator(seed: seed, purpose: "bottleneck noise", index, step)
    noise = (0..<Self.copies * features.count).map { _ in Float(random.gaussian()) }
    let count = features.count
    return Tensor([Self.copies * features.shape[0], features.shape[1]]) { t in
      features.withUnsafeFloats { x in
        for i in 0..<count {
          let open = lambda(i)
          for copy in 0..<Self.copies {
            t[copy * count + i] = open * x[i] + (1 - open) * noise[copy * count + i]
          }
        }
      }
    }
  }

  /// The gradient of the loss in alpha, from that of each copy's cosine in the copy that
  /// ``noisy(step:)`` made last.
  package func slopes(_ gradient: Tensor) -> [Float] {
    let count = features.count
    return Tensor.withUnsafeFloats(features, gradient) { x, d in
      (0..<count).map { i in
        let open = lambda(i)
        var slope: Float = 0
        for copy in 0..<Self.copies {
          let place = copy * count + i
          slope -= d[place] * (x[i] - noise[place]) / Float(Self.copies)
        }
        // dKL/dlambda = 1 / (1 - lambda) + lambda x^2 - (1 - lambda)
        let closed = max(1 - open, 1e-6)
        slope += Self.pressure * (1 / closed + open * x[i] * x[i] - closed) / Float(count)
        return slope * open * (1 - open)
      }
    }
  }

  /// One step of Adam on alpha.
  package mutating func step(_ gradient: Tensor) {
    let (beta1, beta2) = (Float(0.9), Float(0.999))
    stepCount += 1
    let corrections = (1 - pow(beta1, Float(stepCount)), 1 - pow(beta2, Float(stepCount)))
    for (i, slope) in slopes(gradient).enumerated() {
      first[i] = beta1 * first[i] + (1 - beta1) * slope
      second[i] = beta2 * second[i] + (1 - beta2) * slope * slope
      alpha[i] -=
        Self.rate * (first[i] / corrections.0) / ((second[i] / corrections.1).squareRoot() + 1e-8)
    }
  }

  /// KL of each token, summed over channels.
  package func information() -> [Float] {
    let width = features.shape[1]
    return features.withUnsafeFloats { x in
      (0..<features.shape[0]).map { token in
        (token * width..<(token + 1) * width).reduce(0) { sum, i in
          let open = lambda(i)
          let (mean, variance) = (open * x[i], max((1 - open) * (1 - open), 1e-12))
          return sum - 0.5 * (1 + log(variance) - mean * mean - variance)
        }
      }
    }
  }
}

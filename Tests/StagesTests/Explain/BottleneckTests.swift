import Compute
import Foundation
import Stages
import Testing

/// M2IB on a stand-in for the model: the cosine is `w . t`, so that its gradient in every copy is
/// w.
struct BottleneckTests {
  private static let (tokens, width, seed) = (5, 4, UInt64(11))
  /// The loss is computed here in float64; slopes are sums of ten copies in float32.
  private static let tolerance = 1e-5

  private static let features = Tensor(
    (0..<tokens * width).map { sin(Float($0) * 1.7) }, shape: [tokens, width])

  /// `w` for each copy.
  private static func gradient(_ w: [Float]) -> Tensor {
    Tensor(
      (0..<Bottleneck.copies).flatMap { _ in w }, shape: [Bottleneck.copies * tokens, width])
  }

  /// 0.1 mean KL - mean cosine, from its definition.
  private static func loss(alpha: [Double], weights w: [Float], step: Int) -> Double {
    var random = RandomStream.generator(
      seed: seed, purpose: "bottleneck noise", 0, step)
    let x = features.values.map(Double.init)
    let open = alpha.map { 1 / (1 + exp(-$0)) }
    var cosine = 0.0
    for _ in 0..<Bottleneck.copies {
      for i in x.indices {
        let noise = Double(Float(random.gaussian()))
        cosine += Double(w[i]) * (open[i] * x[i] + (1 - open[i]) * noise)
      }
    }
    let divergence = x.indices.reduce(0.0) { sum, i in
      let (mean, variance) = (open[i] * x[i], (1 - open[i]) * (1 - open[i]))
      return sum - (1 + log(variance) - mean * mean - variance) / 2
    }
    return Double(Bottleneck.pressure) * divergence / Double(x.count)
      - cosine / Double(Bottleneck.copies)
  }

  @Test func slopesAreThoseOfTheLoss() {
    let weights = (0..<Self.tokens * Self.width).map { 0.3 * cos(Float($0)) }
    var bottleneck = Bottleneck(features: Self.features, seed: Self.seed, index: 0)
    // Away from the start, where all alphas are 5.
    for step in 0..<4 {
      _ = bottleneck.noisy(step: step)
      bottleneck.step(Self.gradient(weights))
    }
    #expect(Set(bottleneck.alpha).count > Self.tokens)
    _ = bottleneck.noisy(step: 4)
    let slopes = bottleneck.slopes(Self.gradient(weights))
    let (alpha, reach) = (bottleneck.alpha.map(Double.init), 1e-4)
    for i in alpha.indices {
      let ends = [reach, -reach].map { change in
        var moved = alpha
        moved[i] += change
        return Self.loss(alpha: moved, weights: weights, step: 4)
      }
      let slope = (ends[0] - ends[1]) / (2 * reach)
      #expect(abs(slope - Double(slopes[i])) < Self.tolerance, "feature \(i)")
    }
    #expect(slopes.contains { abs($0) > 1e-3 })
  }

  /// Only token 3 counts for the cosine: its features must pass, the others are noise by the end.
  @Test func letsTheOnePassThatCounts() {
    let planted = 3
    let weights = Self.features.values.enumerated().map { place, value in
      place / Self.width == planted ? 4 * value : 0
    }
    var bottleneck = Bottleneck(features: Self.features, seed: Self.seed, index: 0)
    for step in 0..<10 {
      _ = bottleneck.noisy(step: step)
      bottleneck.step(Self.gradient(weights))
    }
    let found = bottleneck.information()
    let others = found.enumerated().filter { $0.offset != planted }.map(\.element)
    #expect(found[planted] > 2 * (others.max() ?? 0), "\(found)")
  }
}

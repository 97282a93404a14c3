import Foundation

extension Tape {
  /// What regions lose when they are near the phrases of others and far from their own.
  ///
  ///     L = -1/T sum_t w_t ((1 - s_tt)^2 ln s_tt + sum_u m_u s_tu^2 ln(1 - s_tu)),   u not t's own
  ///
  /// with s held to 1e-4 ... 1 - 1e-4, where its gradient is 0. The mean over regions is a choice
  /// of ours: it keeps the loss apart from the size of the batch.
  ///
  /// - Parameters:
  ///   - similarities: s, `[T, U]`: cosines of T regions and U different phrases.
  ///   - own: the phrase of each region.
  ///   - multiplicity: m, how often each phrase counts.
  ///   - weights: w, one a region.
  /// - Returns: the scalar loss, in nats.
  /// - Source: SFF-CLIP's fine-grained loss; focal weights as in Lin et al. 2017.
  package func regionPhraseLoss(
    _ similarities: Variable, own: [Int], multiplicity: [Float], weights: [Float]
  ) -> Variable {
    let shape = similarities.shape
    precondition(
      shape == [own.count, multiplicity.count] && weights.count == own.count
        && own.allSatisfy { $0 < multiplicity.count },
      "region loss: similarities \(shape), \(own.count) regions, \(multiplicity.count) phrases")
    let (low, high): (Float, Float) = (1e-4, 1 - 1e-4)
    let count = Float(max(1, own.count))
    var total = 0.0
    let slopes = Tensor(shape) { d in
      similarities.value.withUnsafeFloats { s in
        for t in own.indices {
          for u in multiplicity.indices {
            let i = t * multiplicity.count + u
            let x = min(high, max(low, s[i]))
            let isFree = s[i] >= low && s[i] <= high
            let factor = weights[t] / count * (u == own[t] ? 1 : multiplicity[u])
            let (value, slope) =
              u == own[t]
              ? ((1 - x) * (1 - x) * log(x), (1 - x) * (1 - x) / x - 2 * (1 - x) * log(x))
              : (x * x * log(1 - x), 2 * x * log(1 - x) - x * x / (1 - x))
            total -= Double(factor * value)
            d[i] = isFree ? -factor * slope : 0
          }
        }
      }
    }
    let lanes = self.lanes
    return record(Tensor(scalar: Float(total)), from: [similarities]) { gradient in
      var d = slopes
      d.scale(by: gradient.item, lanes: lanes)
      return [d]
    }
  }
}

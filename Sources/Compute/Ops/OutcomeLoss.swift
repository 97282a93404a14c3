import Foundation

extension Tape {
  /// A weighted sum of squared errors.
  ///
  ///     L = sum_i w_i (p_i - y_i)^2        dp_i = 2 dL w_i (p_i - y_i)
  ///
  /// - Parameters:
  ///   - prediction: `[N, 1]`.
  ///   - targets: N values y.
  ///   - weights: N values w; those of a mean hold 1/N.
  /// - Returns: a scalar, summed in float64.
  package func squaredError(
    _ prediction: Variable, targets: [Float], weights: [Float]
  ) -> Variable {
    loss(prediction, targets, weights) { p, y in ((p - y) * (p - y), 2 * (p - y)) }
  }

  /// A weighted sum of cross entropies of logits.
  ///
  ///     s = 1 / (1 + e^-z),   q = (s + c) / (1 + 2 c)
  ///     L = -sum_i w_i (y_i ln q_i + (1 - y_i) ln(1 - q_i))
  ///
  /// - Parameters:
  ///   - logits: `[N, 1]`, z.
  ///   - targets: N values y in 0...1.
  ///   - weights: N values w.
  ///   - margin: c, which keeps q away from 0 and 1; DragonNet has 0.001.
  /// - Returns: a scalar in nats, summed in float64.
  package func logisticLoss(
    _ logits: Variable, targets: [Float], weights: [Float], margin: Double = 0
  ) -> Variable {
    loss(logits, targets, weights) { z, y in
      let s = 1 / (1 + exp(-z))
      if margin == 0 {
        // ln(1 + e^-|z|) + max(z, 0) - y z, which no z overflows.
        return (log1p(exp(-abs(z))) + max(z, 0) - y * z, s - y)
      }
      let q = (s + margin) / (1 + 2 * margin)
      return (
        -(y * log(q) + (1 - y) * log(1 - q)),
        ((1 - y) / (1 - q) - y / q) * s * (1 - s) / (1 + 2 * margin)
      )
    }
  }

  /// Sums w f(p, y); `term` gives f and its derivative in p.
  private func loss(
    _ prediction: Variable, _ targets: [Float], _ weights: [Float],
    _ term: (Double, Double) -> (value: Double, slope: Double)
  ) -> Variable {
    let count = prediction.value.count
    precondition(
      targets.count == count && weights.count == count,
      "loss: \(prediction.shape), \(targets.count) targets, \(weights.count) weights")
    var sum = 0.0
    var slopes = Tensor(uninitialized: prediction.shape)
    slopes.withUnsafeMutableFloats { slopes in
      prediction.value.withUnsafeFloats { p in
        for i in 0..<count {
          let one = term(Double(p[i]), Double(targets[i]))
          sum += Double(weights[i]) * one.value
          slopes[i] = weights[i] * Float(one.slope)
        }
      }
    }
    let (kept, lanes) = (slopes, lanes)
    return record(Tensor(scalar: Float(sum)), from: [prediction]) { gradient in
      var slopes = kept
      if gradient.item != 1 { slopes.scale(by: gradient.item, lanes: lanes) }
      return [slopes]
    }
  }

  /// The targeted regularisation of DragonNet: how far a fluctuation by epsilon along the efficient
  /// score leaves the outcomes.
  ///
  ///     g = (1 / (1 + e^-z) + 0.01) / 1.02,   h = t / g - (1 - t) / (1 - g)
  ///     L = (1/N) sum_i (y_i - (p_i + epsilon h_i))^2
  ///
  /// - Parameters:
  ///   - prediction: `[N, 1]`, p, the factual outcome's.
  ///   - logits: `[N, 1]`, z, of the propensity.
  ///   - epsilon: `[1]`.
  ///   - treatment: N values t, 0 or 1.
  ///   - targets: N values y.
  /// - Returns: a scalar, with gradients in all three variables.
  /// - Source: Shi, Blei & Veitch 2019, eq. 3.2, and its reference code.
  package func targetedRegularisation(
    _ prediction: Variable, logits: Variable, epsilon: Variable, treatment: [Float],
    targets: [Float]
  ) -> Variable {
    let (count, epsilonValue) = (targets.count, Double(epsilon.value.item))
    precondition(
      prediction.value.count == count && logits.value.count == count && treatment.count == count,
      "targeted regularisation: \(prediction.shape), \(logits.shape), \(count) targets")
    let scale = 2 / Double(max(1, count))
    let (p, z) = (prediction.value.values, logits.value.values)
    var (sum, slope) = (0.0, 0.0)
    var (dp, dz) = ([Float](), [Float]())
    for i in 0..<count {
      let s = 1 / (1 + exp(-Double(z[i])))
      let g = (s + 0.01) / 1.02
      let t = Double(treatment[i])
      let h = t / g - (1 - t) / (1 - g)
      let residual = Double(targets[i]) - (Double(p[i]) + epsilonValue * h)
      sum += residual * residual
      slope -= scale * residual * h
      dp.append(Float(-scale * residual))
      let change = -(t / (g * g) + (1 - t) / ((1 - g) * (1 - g)))
      dz.append(Float(-scale * residual * epsilonValue * change * s * (1 - s) / 1.02))
    }
    let shapes = (prediction.shape, logits.shape, epsilon.shape)
    let (byPrediction, byLogits, byEpsilon) = (dp, dz, Float(slope))
    return record(
      Tensor(scalar: Float(sum / Double(max(1, count)))), from: [prediction, logits, epsilon]
    ) { gradient in
      let factor = gradient.item
      return [
        Tensor(byPrediction.map { $0 * factor }, shape: shapes.0),
        Tensor(byLogits.map { $0 * factor }, shape: shapes.1),
        Tensor(repeating: byEpsilon * factor, shape: shapes.2),
      ]
    }
  }
}

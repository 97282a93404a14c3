import Compute

/// Methods that read attention matrices.
extension ImageExplainer {
  /// The last block's attention of the class token, averaged over heads.
  func attention(isMerged: Bool) -> Maps {
    let (embeddings, traces) = encoder.traced(
      stream(before: depth - 1), from: depth - 1, isMerged: isMerged, model.parameters, on: plain)
    let weights = traces.map { $0.weights(lanes: lanes) }
    let unit = plain.unitRows(embeddings).value
    let texts = targetTexts
    return maps(
      targets.indices.map { n in weights.first.map { classRow(of: $0, target: n) } ?? [] },
      explained: targets.indices.map { dot(unit.rows($0..<$0 + 1), texts.rows($0..<$0 + 1)) },
      isModel: !isMerged)
  }

  /// Attention rollout: the class row of A'_L ... A'_1, A' the row-normalised A + I.
  ///
  /// - Source: Abnar & Zuidema 2020.
  func rollout(layers: Int) -> Maps {
    let (_, traces) = encoder.traced(
      stream(before: depth - layers), from: depth - layers, model.parameters, on: plain)
    let weights = traces.map { $0.weights(lanes: lanes) }
    return maps(
      targets.indices.map { n in
        Relevance.rollout(weights.map { meanOverHeads($0, target: n) })
      })
  }

  /// Gradient times attention over blocks: the class row of the product of
  /// I + mean_h ReLU(dy/dA_h * A_h), y the logit.
  ///
  /// The gradient at an attention matrix follows from that at its output: dA_h = do_h v_h^T.
  ///
  /// - Source: Chefer et al. 2021 (GAME).
  func game(layers: Int) -> Maps {
    let pass = pass(last: layers, scale: model.logitScale)
    let relevances = pass.traces.map { trace -> [[[Float]]] in
      guard let gradient = pass.tape.gradient(of: trace.attended) else { return [] }
      let (weights, values) = (trace.weights(lanes: lanes), trace.values)
      return targets.indices.map { n in
        Relevance.gradientTimesAttention(
          weights: weights, values: values, gradient: gradient, shape: trace.shape, sequence: n)
      }
    }
    return maps(
      targets.indices.map { n in Relevance.propagated(relevances.map { $0[n] }) },
      explained: pass.cosines, isModel: true)
  }

  /// `[queries][keys]` of `[N, H, T, S]`.
  private func meanOverHeads(_ weights: Tensor, target n: Int) -> [[Float]] {
    let (heads, queries, keys) = (weights.shape[1], weights.shape[2], weights.shape[3])
    return weights.withUnsafeFloats { a in
      (0..<queries).map { t in
        (0..<keys).map { s in
          (0..<heads).reduce(0) { $0 + a[((n * heads + $1) * queries + t) * keys + s] }
            / Float(heads)
        }
      }
    }
  }
}

/// Products of attention matrices, of which only the class row is ever needed. The last matrix may
/// have that row alone.
package enum Relevance {
  /// The class row, without the class token, of A'_L ... A'_1 with A' = (A + I) / 2 by rows.
  ///
  /// - Parameter attention: A_1 ... A_L, `[rows][columns]`, rows summing to 1.
  /// - Returns: one number a patch.
  package static func rollout(_ attention: [[[Float]]]) -> [Float] {
    let count = attention.last?.first?.count ?? 0
    var row = unit(count)
    for matrix in attention.reversed() {
      var next = [Float](repeating: 0, count: count)
      for (t, weight) in row.enumerated() where weight != 0 {
        let sum = matrix[t].reduce(0, +) + 1
        for s in 0..<count { next[s] += weight * matrix[t][s] / sum }
        next[t] += weight / sum
      }
      row = next
    }
    return Array(row.dropFirst())
  }

  /// The class row, without the class token, of (I + M_L) ... (I + M_1).
  package static func propagated(_ relevances: [[[Float]]]) -> [Float] {
    let count = relevances.last?.first?.count ?? 0
    var row = unit(count)
    for matrix in relevances.reversed() {
      var next = row
      for (t, weight) in row.enumerated() where weight != 0 {
        for s in 0..<count { next[s] += weight * matrix[t][s] }
      }
      row = next
    }
    return Array(row.dropFirst())
  }

  /// mean_h ReLU((do_h . v_h) A_h) of one sequence, `[queries][keys]`.
  static func gradientTimesAttention(
    weights: Tensor, values: Tensor, gradient: Tensor, shape: AttentionShape, sequence n: Int
  ) -> [[Float]] {
    let (heads, queries, keys, size) = (shape.heads, shape.queries, shape.keys, shape.headSize)
    let width = heads * size
    return Tensor.withUnsafeFloats(weights, values, gradient) { a, v, d in
      (0..<queries).map { t in
        let g = d + (n * queries + t) * width
        return (0..<keys).map { s in
          let value = v + (n * keys + s) * width
          var total: Float = 0
          for h in 0..<heads {
            var slope: Float = 0
            for e in h * size..<(h + 1) * size { slope += g[e] * value[e] }
            total += max(0, slope * a[((n * heads + h) * queries + t) * keys + s])
          }
          return total / Float(heads)
        }
      }
    }
  }

  private static func unit(_ count: Int) -> [Float] {
    (0..<count).map { $0 == 0 ? 1 : 0 }
  }
}

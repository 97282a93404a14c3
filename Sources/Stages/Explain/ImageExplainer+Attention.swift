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
    var rows = targets.map { _ in Relevance(tokens: patches + 1) }
    for trace in traces.reversed() {
      let weights = trace.weights(lanes: lanes)
      for n in targets.indices { rows[n].roll(back: meanOverHeads(weights, target: n)) }
    }
    return maps(rows.map(\.patches))
  }

  /// Gradient times attention over blocks: the class row of the product of
  /// I + mean_h ReLU(dy/dA_h * A_h), y the logit.
  ///
  /// The gradient at an attention matrix follows from that at its output: dA_h = do_h v_h^T.
  ///
  /// - Source: Chefer et al. 2021 (GAME).
  func game(layers: Int) -> Maps {
    let pass = pass(last: layers, scale: model.logitScale)
    var rows = targets.map { _ in Relevance(tokens: patches + 1) }
    for trace in pass.traces.reversed() {
      guard let gradient = pass.tape.gradient(of: trace.attended) else { continue }
      let (weights, values) = (trace.weights(lanes: lanes), trace.values)
      for n in targets.indices {
        rows[n].propagate(
          back: Relevance.gradientTimesAttention(
            weights: weights, values: values, gradient: gradient, shape: trace.shape, sequence: n))
      }
    }
    return maps(rows.map(\.patches), explained: pass.cosines, isModel: true)
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

/// The class row of a product of attention matrices, taken from the last one to the first: only one
/// block's matrices are ever held. The last matrix may have that row alone.
package struct Relevance {
  private var row: [Float]

  /// The class token's own row.
  package init(tokens: Int) { row = (0..<tokens).map { $0 == 0 ? 1 : 0 } }

  /// The row without the class token.
  package var patches: [Float] { Array(row.dropFirst()) }

  /// `row <- row A'`, A' = A + I with rows divided by their sums.
  ///
  /// - Parameter attention: A, `[rows][columns]`.
  package mutating func roll(back attention: [[Float]]) {
    var next = [Float](repeating: 0, count: row.count)
    for (t, weight) in row.enumerated() where weight != 0 {
      let sum = attention[t].reduce(0, +) + 1
      for s in row.indices { next[s] += weight * attention[t][s] / sum }
      next[t] += weight / sum
    }
    row = next
  }

  /// `row <- row (I + M)`.
  package mutating func propagate(back relevance: [[Float]]) {
    var next = row
    for (t, weight) in row.enumerated() where weight != 0 {
      for s in row.indices { next[s] += weight * relevance[t][s] }
    }
    row = next
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
}

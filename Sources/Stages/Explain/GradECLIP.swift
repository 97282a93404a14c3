import Compute

/// The arithmetic of Grad-ECLIP that image and word maps share.
package enum GradECLIP {
  /// The loosened weight: similarity to a query, from 0 to 1.
  ///
  ///     r_i = cos(q, k_i),   u_i = (r_i - min r) / (max r - min r)
  ///
  /// Where all r are equal there is nothing to separate, and u is 1.
  ///
  /// - Parameters:
  ///   - query: `[D]`.
  ///   - keys: `[n, D]`.
  /// - Returns: u, and whether all r were equal.
  package static func loosened(
    query: Tensor, keys: Tensor
  ) -> (weights: [Float], isConstant: Bool) {
    let width = query.count
    let length = max(dot(query, query).squareRoot(), 1e-12)
    let similarities = (0..<keys.shape[0]).map { i in
      let key = keys.view(at: i * width, shape: [width])
      return dot(query, key) / (length * max(dot(key, key).squareRoot(), 1e-12))
    }
    return minMax(similarities)
  }

  /// Values from 0 to 1; 1 where all are equal.
  package static func minMax(_ values: [Float]) -> (weights: [Float], isConstant: Bool) {
    guard let low = values.min(), let high = values.max(), high > low else {
      return ([Float](repeating: 1, count: values.count), true)
    }
    return (values.map { ($0 - low) / (high - low) }, false)
  }

  /// s_i = g . v_i, less their mean where `isCentred`.
  ///
  /// - Parameters:
  ///   - gradient: g, `[D]`.
  ///   - values: v, `[n, D]`.
  ///   - isCentred: whether the mean of s over the n values is taken away.
  /// - Returns: s, one number a value.
  package static func channelSums(
    gradient: Tensor, values: Tensor, isCentred: Bool = false
  ) -> [Float] {
    let width = gradient.count
    let sums = (0..<values.shape[0]).map {
      dot(gradient, values.view(at: $0 * width, shape: [width]))
    }
    guard isCentred, !sums.isEmpty else { return sums }
    let mean = sums.reduce(0, +) / Float(sums.count)
    return sums.map { $0 - mean }
  }

  /// Signed maps of several blocks as one without negative values.
  package static func combined(
    _ layers: [[Float]], _ combine: HeatmapSettings.Combine
  ) -> [Float] {
    guard let first = layers.first else { return [] }
    return first.indices.map { i in
      switch combine {
      case .reluThenSum: layers.reduce(0) { $0 + max(0, $1[i]) }
      case .sumThenReLU: max(0, layers.reduce(0) { $0 + $1[i] })
      }
    }
  }
}

extension ImageExplainer {
  /// Grad-ECLIP: `H_i = ReLU(u_i sum_c g_c v_i,c)`, g the gradient of the cosine at the class row
  /// of the attention output, before the output product.
  ///
  /// - Source: Zhao et al. 2024 and arXiv 2502.18816.
  func gradECLIP(_ settings: HeatmapSettings) -> Maps {
    let (layers, cosines, constant) = signedMaps(settings)
    return maps(
      targets.indices.map { n in
        GradECLIP.combined(layers.map { $0[n] }, settings.combine)
      }, explained: cosines, isModel: settings.heads == .model, constantWeights: constant)
  }

  /// u_i (g . v_i) of each explained block, before anything is cut off: `[block][target][patch]`.
  package func signedMaps(
    _ settings: HeatmapSettings
  ) -> (layers: [[[Float]]], cosines: [Float], constantWeights: Int) {
    let count = settings.count(of: depth)
    let pass = pass(last: count, isMerged: settings.heads == .merged)
    var constant = 0
    let layers = pass.traces.enumerated().map { place, trace in
      let gradient = pass.tape.gradient(of: trace.attended)
      let (keys, values) = (trace.keys, trace.values)
      let block = encoder.blocks[depth - count + place]
      let width = values.shape[1]
      func similar(_ x: Tensor) -> Tensor {
        settings.queryKey == .raw
          ? x : block.outputProduct(x, parameters: model.parameters, lanes: lanes)
      }
      let (queryRows, keyRows) = (similar(trace.queries), similar(keys))
      let attention = settings.spatial == .softmax ? trace.weights(lanes: lanes) : nil
      return targets.indices.map { n -> [Float] in
        let first = n * (patches + 1)
        let g = gradient?.view(at: n * trace.shape.queries * width, shape: [width])
        let sums = GradECLIP.channelSums(
          gradient: g ?? Tensor(zeros: [width]),
          values: values.rows(first + 1..<first + patches + 1),
          isCentred: settings.centresValues)
        let weights: [Float]
        switch settings.spatial {
        case .none: weights = [Float](repeating: 1, count: patches)
        case .softmax: weights = attention.map { classRow(of: $0, target: n) } ?? []
        case .loosened:
          let (u, isConstant) = GradECLIP.loosened(
            query: queryRows.view(at: first * width, shape: [width]),
            keys: keyRows.rows(first + 1..<first + patches + 1))
          constant += isConstant ? 1 : 0
          weights = u
        }
        return zip(weights, sums).map { $0 * $1 }
      }
    }
    return (layers, pass.cosines, constant)
  }

  /// The class token's attention to the patches, averaged over heads, of weights `[N, H, T, S]`.
  func classRow(of weights: Tensor, target n: Int) -> [Float] {
    let (heads, queries, keys) = (weights.shape[1], weights.shape[2], weights.shape[3])
    return weights.withUnsafeFloats { a in
      (1..<keys).map { i in
        (0..<heads).reduce(0) { $0 + a[(n * heads + $1) * queries * keys + i] } / Float(heads)
      }
    }
  }
}

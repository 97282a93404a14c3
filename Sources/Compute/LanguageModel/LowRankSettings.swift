/// Low-rank adapters beside some matrices: y = W x + (alpha / rank) B A x, W frozen.
///
/// - Source: Hu et al. 2021 (LoRA).
package struct LowRankSettings: Sendable, Equatable {
  package var rank: Int
  package var alpha: Double
  package var targets: [LayerMatrix]

  /// - Precondition: rank at least 1, alpha above 0, at least one target, none twice.
  package init(rank: Int = 8, alpha: Double = 16, targets: [LayerMatrix] = [.query, .value]) {
    precondition(
      rank >= 1 && alpha > 0 && !targets.isEmpty && Set(targets).count == targets.count,
      "adapter: rank \(rank), alpha \(alpha), targets \(targets)")
    (self.rank, self.alpha, self.targets) = (rank, alpha, targets)
  }

  /// alpha / rank
  package var scale: Float { Float(alpha / Double(rank)) }
}

/// Trained adapters by name: `blk.3.attn_q.lora_a` `[rank, inputs]` and `blk.3.attn_q.lora_b`
/// `[outputs, rank]`.
package struct LowRankAdapter: Sendable, Equatable {
  package let settings: LowRankSettings
  package let tensors: [String: Tensor]

  package init(settings: LowRankSettings, tensors: [String: Tensor]) {
    (self.settings, self.tensors) = (settings, tensors)
  }

  package static func nameA(_ matrix: LayerMatrix, layer: Int) -> String {
    "blk.\(layer).\(matrix.rawValue).lora_a"
  }

  package static func nameB(_ matrix: LayerMatrix, layer: Int) -> String {
    "blk.\(layer).\(matrix.rawValue).lora_b"
  }

  /// The adapted matrices W + (alpha / rank) B A.
  ///
  /// - Parameters:
  ///   - configuration: of the model.
  ///   - weights: the frozen ones.
  ///   - lanes: cores to use.
  /// - Returns: by their names in the file.
  /// - Throws: what `weights` throws.
  package func merged(
    _ configuration: LlamaConfiguration, into weights: some WeightSource, lanes: Lanes
  ) throws -> [String: Tensor] {
    var merged: [String: Tensor] = [:]
    for layer in 0..<configuration.layers {
      for target in settings.targets {
        guard let a = tensors[Self.nameA(target, layer: layer)],
          let b = tensors[Self.nameB(target, layer: layer)]
        else { continue }
        let name = target.name(layer: layer)
        var product = b.matrixProduct(a, lanes: lanes)
        product.scale(by: settings.scale, lanes: lanes)
        product.add(
          try weights.tensor(
            named: name,
            shape: [target.outputs(of: configuration), target.inputs(of: configuration)],
            lanes: lanes), lanes: lanes)
        merged[name] = product
      }
    }
    return merged
  }
}

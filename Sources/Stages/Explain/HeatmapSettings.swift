/// How a heat map is made; see docs/grad-eclip.md for the formulas.
package struct HeatmapSettings: Sendable, Equatable {
  package enum Method: String, Sendable, CaseIterable {
    case random, center, attention, rollout, gradcam, game, maskclip
    case clipSurgery = "clip_surgery"
    case m2ib, rise
    case gradECLIP = "grad_eclip"

    /// Whether the explained block can run with one head.
    package var canMerge: Bool { [.attention, .gradcam, .gradECLIP].contains(self) }
  }

  /// Whether the explained blocks run as the model has them, or with one head of the full width.
  package enum Heads: String, Sendable, CaseIterable { case model, merged }

  /// What the loosened weight compares: queries and keys, or both behind the output product.
  package enum QueryKey: String, Sendable, CaseIterable { case raw, projected }

  /// The weight of a patch: similarity of its key to the class query, attention, or none.
  package enum Spatial: String, Sendable, CaseIterable { case loosened, softmax, none }

  /// How blocks are combined.
  package enum Combine: String, Sendable, CaseIterable {
    case reluThenSum = "relu_then_sum"
    case sumThenReLU = "sum_then_relu"
  }

  package var method: Method
  package var heads = Heads.model
  package var queryKey = QueryKey.raw
  package var spatial = Spatial.loosened
  /// Blocks explained, from the last; 0 for all.
  package var layers = 0
  package var combine = Combine.reluThenSum
  /// Whether the patches' mean is taken from g . v first (an extension of ours).
  package var centresValues = false
  package var seed: UInt64 = 0

  package init(_ method: Method) { self.method = method }

  /// Blocks explained of a tower with `depth`.
  package func count(of depth: Int) -> Int { layers == 0 ? depth : min(layers, depth) }
}

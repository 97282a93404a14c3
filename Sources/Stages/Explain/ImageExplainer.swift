import Compute
import Foundation

/// Which regions of images made them match texts: one map for each pair of an image and a text.
package struct ImageExplainer {
  package let model: CLIP
  /// `[N, H, W, 3]`, normalised.
  package let images: Tensor
  /// Texts in the joint space, `[T, J]`, rows of length 1.
  package let texts: Tensor
  /// The pairs to explain.
  package let targets: [Target]
  /// Number of the first target, by which methods that draw tell targets apart.
  package let offset: Int
  package let lanes: Lanes
  /// Asked by methods that take long; what they give after a yes is of no use.
  package var isCancelled: () -> Bool = { false }

  package struct Target: Sendable {
    package let image: Int
    package let text: Int

    package init(image: Int, text: Int) {
      self.image = image
      self.text = text
    }
  }

  /// Maps as the methods give them: not rescaled, some with negative values.
  package struct Maps {
    /// `[targets, rows, columns]`, one value a patch.
    package var values: Tensor
    /// Cosine of each pair in the model, and in what the method explains.
    package var modelCosines: [Float]
    package var explainedCosines: [Float]
    /// Spatial weights, one a target and block, that had nothing to separate and were set to 1.
    package var constantWeights = 0
  }

  package init(
    model: CLIP, images: Tensor, texts: Tensor, targets: [Target], offset: Int = 0, lanes: Lanes
  ) {
    precondition(
      targets.allSatisfy { $0.image < images.shape[0] && $0.text < texts.shape[0] },
      "explainer: a target lies outside \(images.shape[0]) images, \(texts.shape[0]) texts")
    self.model = model
    self.images = images
    self.texts = texts
    self.targets = targets
    self.offset = offset
    self.lanes = lanes
  }

  var rows: Int { images.shape[1] / model.configuration.patchSize }
  var columns: Int { images.shape[2] / model.configuration.patchSize }
  var patches: Int { rows * columns }
  var encoder: CLIPEncoder { model.vision }
  var depth: Int { encoder.blocks.count }

  /// A tape that keeps nothing.
  var plain: Tape { Tape(lanes: lanes, isRecording: false) }

  /// What entered block `first`, one sequence a target.
  func stream(before first: Int) -> CLIPEncoder.Stream {
    let start = model.stream(images: .constant(images), on: plain)
    return encoder.run(start, blocks: 0..<first, model.parameters, on: plain)
      .sequences(targets.map(\.image), on: plain)
  }

  /// The text of each target, `[targets, J]`.
  var targetTexts: Tensor {
    plain.embedding(.constant(texts), ids: targets.map { Int32($0.text) }).value
  }

  /// Cosine of each target in the unmodified model.
  func modelCosines() -> [Float] {
    let embeddings = plain.unitRows(
      model.embeddings(images: .constant(images), on: plain)
    ).value
    return targets.map { target in
      dot(
        embeddings.rows(target.image..<target.image + 1), texts.rows(target.text..<target.text + 1))
    }
  }

  /// A pass over the last blocks with the gradient of each target's cosine times `scale`.
  struct Pass {
    let tape: Tape
    let traces: [TransformerBlock.Trace]
    let cosines: [Float]
  }

  func pass(last count: Int, isMerged: Bool = false, scale: Float = 1) -> Pass {
    let first = depth - count
    let tape = Tape(lanes: lanes, recordsParameters: false)
    let (embeddings, traces) = encoder.traced(
      stream(before: first), from: first, isMerged: isMerged, model.parameters, on: tape)
    let unit = tape.unitRows(embeddings)
    var seed = targetTexts
    let cosines = targets.indices.map { dot(unit.value.rows($0..<$0 + 1), seed.rows($0..<$0 + 1)) }
    seed.scale(by: scale, lanes: lanes)
    tape.backward(from: unit, seed: seed)
    return Pass(tape: tape, traces: traces, cosines: cosines)
  }

  /// The maps of a method.
  package func maps(_ settings: HeatmapSettings) -> Maps {
    switch settings.method {
    case .random: sampled(settings.seed)
    case .center: centred()
    case .attention: attention(isMerged: settings.heads == .merged)
    case .rollout: rollout(layers: settings.count(of: depth))
    case .gradcam: gradCAM(isMerged: settings.heads == .merged)
    case .game: game(layers: settings.count(of: depth))
    case .maskclip: maskCLIP()
    case .clipSurgery: surgery()
    case .m2ib: bottleneck(settings.seed)
    case .rise: masked(settings.seed)
    case .gradECLIP: gradECLIP(settings)
    }
  }

  /// Maps of one row of numbers a target.
  ///
  /// - Parameters:
  ///   - values: of each target.
  ///   - explained: cosines of what was explained; those of the model if nil.
  ///   - isModel: whether what was explained is the model, so that its cosines are known.
  ///   - constantWeights: see `Maps`.
  /// - Returns: the maps.
  func maps(
    _ values: [[Float]], explained: [Float]? = nil, isModel: Bool = false,
    constantWeights: Int = 0
  ) -> Maps {
    let cosines = (isModel ? explained : nil) ?? modelCosines()
    return Maps(
      values: Tensor(values.flatMap { $0 }, shape: [targets.count, rows, columns]),
      modelCosines: cosines, explainedCosines: explained ?? cosines,
      constantWeights: constantWeights)
  }
}

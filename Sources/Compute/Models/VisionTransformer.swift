/// A vision transformer that classifies images by its class token.
///
/// To train from scratch, as `bench training` does; its blocks are those of CLIP's image tower,
/// which the stages use.
///
/// - Source: Dosovitskiy et al. 2021.
package final class VisionTransformer {
  package struct Configuration: Sendable, Equatable {
    /// Side of a square image, and of the squares it is cut into.
    package var imageSize: Int
    package var patchSize: Int
    package var layers: Int
    package var classCount: Int
    package var block: TransformerBlock.Configuration

    /// A configuration.
    ///
    /// - Precondition: `imageSize` is a multiple of `patchSize`, all counts at least 1.
    package init(
      imageSize: Int, patchSize: Int, layers: Int, classCount: Int,
      block: TransformerBlock.Configuration
    ) {
      precondition(
        patchSize >= 1 && imageSize >= patchSize && imageSize % patchSize == 0 && layers >= 1
          && classCount >= 1,
        "vision transformer: images of \(imageSize) in squares of \(patchSize), \(layers) layers, "
          + "\(classCount) classes")
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.layers = layers
      self.classCount = classCount
      self.block = block
    }

    /// Tokens of an image: its squares and the class token.
    package var length: Int { (imageSize / patchSize) * (imageSize / patchSize) + 1 }
  }

  package let configuration: Configuration
  package let parameters: ParameterArena

  private let embedding: Projection
  private let classToken: ParameterLayout.Entry
  private let positions: ParameterLayout.Entry
  private let blocks: [TransformerBlock]
  private let norm: TransformerNorm
  private let head: Projection

  /// A network with first values drawn from `seed`; nil leaves zeros, for a network about to be
  /// read.
  package init(_ configuration: Configuration, seed: UInt64?) {
    var layout = ParameterLayout()
    let (width, patch) = (configuration.block.width, configuration.patchSize)
    embedding = Projection(
      "embedding", from: patch * patch * 3, to: width, hasBias: true, layout: &layout)
    classToken = layout.add("class_token", [width], .normal(deviation: Projection.deviation))
    positions = layout.add(
      "positions", [configuration.length, width], .normal(deviation: Projection.deviation))
    blocks = (0..<configuration.layers).map {
      TransformerBlock(
        "blocks.\($0)", configuration.block, depth: configuration.layers, layout: &layout)
    }
    norm = TransformerNorm("norm", configuration.block.norm, width, layout: &layout)
    head = Projection(
      "head", from: width, to: configuration.classCount, hasBias: true, layout: &layout)
    self.configuration = configuration
    parameters = ParameterArena(layout, seed: seed)
  }

  /// Class scores of images, and the class token behind the last norm.
  ///
  /// Only the class token goes through the last block's MLP: nobody reads the other tokens there.
  ///
  /// - Parameters:
  ///   - images: `[N, H, W, 3]`, normalised, H and W of the configuration.
  ///   - tape: records the ops.
  ///   - checkpointing: whether blocks are computed again on the way back instead of kept.
  /// - Returns: logits `[N, classes]` and features `[N, width]`.
  package func callAsFunction(
    _ images: Variable, on tape: Tape, checkpointing: Bool = false
  ) -> (logits: Variable, features: Variable) {
    let size = configuration.imageSize
    precondition(
      images.shape.rank == 4 && images.shape == [images.shape[0], size, size, 3],
      "vision transformer: images \(images.shape), expected [N, \(size), \(size), 3]")
    let batch = TransformerBlock.Batch(
      sequences: images.shape[0], length: configuration.length)
    let patches = tape.patches(images, size: configuration.patchSize)
    var x = tape.positioned(
      embedding(patches, parameters, tape), positions: tape.parameter(positions, of: parameters),
      classToken: tape.parameter(classToken, of: parameters))
    for (index, block) in blocks.enumerated() {
      let leading = index == blocks.count - 1 ? 1 : nil
      x = block.applied(
        to: x, batch, leading: leading, parameters: parameters, on: tape,
        checkpointing: checkpointing)
    }
    let features = norm(x, parameters, tape)
    return (head(features, parameters, tape), features)
  }
}

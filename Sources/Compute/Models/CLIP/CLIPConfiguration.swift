/// The sizes of a CLIP model.
package struct CLIPConfiguration: Sendable, Equatable {
  /// One of the two transformers.
  package struct Tower: Sendable, Equatable {
    package var width: Int
    package var layers: Int
    package var heads: Int
    /// Floats between the two products of an MLP.
    package var hidden: Int
    package var activation: Activation
    package var eps: Float

    /// A tower.
    ///
    /// - Precondition: sizes of at least 1, `width` a multiple of `heads`.
    package init(
      width: Int, layers: Int, heads: Int, hidden: Int? = nil, activation: Activation = .quickGELU,
      eps: Float = 1e-5
    ) {
      precondition(
        width >= 1 && layers >= 1 && heads >= 1 && width % heads == 0,
        "CLIP tower: \(layers) layers of width \(width) in \(heads) heads")
      self.width = width
      self.layers = layers
      self.heads = heads
      self.hidden = hidden ?? 4 * width
      self.activation = activation
      self.eps = eps
    }
  }

  package var vision: Tower
  package var text: Tower
  /// Side of the square images it was trained on, and of the squares they are cut into.
  package var imageSize: Int
  package var patchSize: Int
  /// Token ids known, and tokens of a text.
  package var vocabulary: Int
  package var context: Int
  /// Floats of an embedding, J.
  package var joint: Int

  /// A configuration.
  ///
  /// - Precondition: `imageSize` is a multiple of `patchSize`, all sizes at least 1.
  package init(
    vision: Tower, text: Tower, imageSize: Int, patchSize: Int, vocabulary: Int, context: Int,
    joint: Int
  ) {
    precondition(
      patchSize >= 1 && imageSize >= patchSize && imageSize % patchSize == 0 && vocabulary >= 1
        && context >= 2 && joint >= 1,
      "CLIP: images of \(imageSize) in squares of \(patchSize), \(vocabulary) ids, context "
        + "\(context), joint width \(joint)")
    self.vision = vision
    self.text = text
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.vocabulary = vocabulary
    self.context = context
    self.joint = joint
  }

  /// Squares along a side of the training images.
  package var gridSide: Int { imageSize / patchSize }
}

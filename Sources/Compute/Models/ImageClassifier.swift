/// A ResNet-18 with the normalisation of its images: bytes in, classes out.
package struct ImageClassifier {
  /// Images in one evaluation chunk: fixed, so that results do not depend on the lanes, and small
  /// enough that a chunk's activations stay in cache.
  static let chunkSize = 64

  package let model: ResNet18
  package let normalisation: ImageNormalisation

  package init(_ model: ResNet18, normalisation: ImageNormalisation) {
    precondition(
      normalisation.mean.count == 3,
      "image classifier: \(normalisation.mean.count) channels of statistics, 3 needed")
    self.model = model
    self.normalisation = normalisation
  }

  /// What the network says about images, in evaluation mode.
  package struct Evaluation: Sendable {
    /// `[N, classes]`.
    package let logits: Tensor
    /// What enters the linear layer, `[N, 8 width]`.
    package let features: Tensor
  }

  /// Logits and features of images, in evaluation mode.
  ///
  /// The lanes take chunks of images through the whole network, so a chunk's activations stay in
  /// cache.
  ///
  /// - Parameters:
  ///   - images: `[N, 3, H, W]`, any N.
  ///   - lanes: cores to use.
  /// - Returns: one row for each image.
  package func evaluate(_ images: ByteTensor, lanes: Lanes) -> Evaluation {
    let network = FrozenResNet18(model)
    let single = Lanes(1)
    let chunks = lanes.mapChunks(of: images.shape[0], size: Self.chunkSize) { _, items in
      let tape = Tape(lanes: single, isRecording: false)
      let inputs = images.rows(items).normalised(by: normalisation, lanes: single)
      let (logits, features) = network(.constant(inputs), on: tape)
      return (logits.value, features.value)
    }
    return Evaluation(
      logits: Tensor(
        concatenatingRows: chunks.map(\.0), rowShape: [model.configuration.classCount]),
      features: Tensor(
        concatenatingRows: chunks.map(\.1), rowShape: [model.configuration.featureCount]))
  }

  /// Class scores before the softmax, `[N, classes]`.
  package func logits(_ images: ByteTensor, lanes: Lanes) -> Tensor {
    evaluate(images, lanes: lanes).logits
  }

  /// The most likely class of each image; the first of equals.
  package func predictions(_ images: ByteTensor, lanes: Lanes) -> [Int32] {
    evaluate(images, lanes: lanes).logits.largestColumns()
  }

  /// What enters the linear layer, `[N, 8 width]`.
  package func features(_ images: ByteTensor, lanes: Lanes) -> Tensor {
    evaluate(images, lanes: lanes).features
  }
}

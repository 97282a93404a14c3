import Compute
import Foundation

/// The mean entropy of a classifier's answers to an image under superposed clean images.
package struct SuperpositionEntropy {
  /// `[N, H, W, 3]`, normalised and halved.
  private let halves: Tensor
  private let normalisation: ImageNormalisation
  private let network: FrozenResNet18
  let lanes: Lanes

  /// Over overlays `[N, 3, H, W]`, N at least 1.
  init(classifier: ImageClassifier, overlays: ByteTensor, lanes: Lanes) {
    var halves = overlays.normalised(by: classifier.normalisation, lanes: lanes)
    halves.scale(by: 0.5, lanes: lanes)
    self.halves = halves
    normalisation = classifier.normalisation
    network = FrozenResNet18(classifier.model)
    self.lanes = lanes
  }

  /// One entropy in nats for each image.
  func values(of images: ByteTensor) -> [Double] {
    let single = Lanes(1)
    let chunks = lanes.mapChunks(of: images.shape[0], size: 1) { _, items in
      let image = images.rows(items).normalised(by: normalisation, lanes: single)
      let superposed = Tensor(halves.shape) { target in
        Tensor.withUnsafeFloats(halves, image) { overlay, image in
          let size = halves.count / halves.shape[0]
          for index in 0..<halves.count { target[index] = overlay[index] + image[index % size] }
        }
      }
      let tape = Tape(lanes: single, isRecording: false)
      let logits = network(.constant(superposed), on: tape).logits.value
      let probabilities = logits.softmax(lanes: single)
      let classes = probabilities.shape[1]
      let values = probabilities.values
      let total = stride(from: 0, to: values.count, by: classes).reduce(0.0) {
        $0 + Self.entropy(of: values[$1..<($1 + classes)].map(Double.init))
      }
      return total / Double(probabilities.shape[0])
    }
    return chunks
  }

  /// `-sum p ln(p + 1e-8)` in nats.
  package static func entropy(of probabilities: [Double]) -> Double {
    -probabilities.reduce(0) { $0 + $1 * log($1 + 1e-8) }
  }
}

import Compute
import Foundation

/// The optimisation behind Neural Cleanse.
///
///     minimise  CE(f((1 - m) x + m p), c) + lambda |m|_1
///
/// over a mask m `[H, W]` and a pattern p `[H, W, 3]`, both (tanh(w) + 1) / 2 of free numbers.
/// lambda rises by 1.5 after 5 batches that reach the goal and falls by 1.5^1.5 after 5 that do
/// not, as in the authors' code. Source: Wang et al. 2019.
struct TriggerInversion {
  struct Settings {
    let steps: Int
    let batch: Int
    let learningRate: Double
    let successGoal: Double
    let seed: Int
  }

  struct Outcome {
    /// Sum of the smallest mask that reached the goal; `nil` if none did.
    let norm: Double?
    /// Of the batch that mask was found with; of the last batch if there is none.
    let success: Double
  }

  private static let firstLambda = 1e-3
  private static let patience = 5
  private static let factor = 1.5

  let classifier: ImageClassifier
  /// `[N, 3, H, W]`
  let images: ByteTensor
  let settings: Settings
  let lanes: Lanes

  /// The smallest trigger found for a class.
  func run(towards label: Int, onStep: (Int) throws -> Void) throws -> Outcome {
    let network = FrozenResNet18(classifier.model)
    let side = ImageGeometry.side
    var layout = ParameterLayout()
    let mask = layout.add("mask", [side, side], .uniform(fanIn: 1))
    let pattern = layout.add("pattern", [side, side, 3], .uniform(fanIn: 1))
    let free = ParameterArena(layout, seed: UInt64(settings.seed))
    var optimiser = Adam(AdamSettings(beta1: 0.5, beta2: 0.9))
    var (lambda, above, below) = (Self.firstLambda, 0, 0)
    var best: Outcome?
    var last = 0.0
    let batchSize = min(settings.batch, images.shape[0])
    for step in 0..<settings.steps {
      try onStep(step)
      var random = RandomStream.generator(
        seed: UInt64(settings.seed), purpose: "inversion batch", step)
      let batch = images.gathered(rows: random.permutation(images.shape[0]).prefix(batchSize))
      let squashed = Squashed(
        mask: free.value(of: mask).values, pattern: free.value(of: pattern).values)
      let (gradient, success) = pixelGradient(
        network, batch, squashed, label: label)
      free.gradients = squashed.gradients(
        of: gradient, images: batch, lambda: Float(lambda), layout: layout, mask: mask,
        pattern: pattern)
      last = success
      if success >= settings.successGoal {
        let norm = squashed.maskSum
        if norm < best?.norm ?? .infinity { best = Outcome(norm: norm, success: success) }
        (above, below) = (above + 1, 0)
      } else {
        (above, below) = (0, below + 1)
      }
      if above == Self.patience { (lambda, above) = (lambda * Self.factor, 0) }
      if below == Self.patience { (lambda, below) = (lambda / pow(Self.factor, 1.5), 0) }
      optimiser.step(free, learningRate: settings.learningRate, lanes: lanes)
    }
    return best ?? Outcome(norm: nil, success: last)
  }

  /// Gradient of the mean cross-entropy with respect to the stamped pixels in 0...1,
  /// `[N, H, W, 3]`, and the share of images that get the class.
  private func pixelGradient(
    _ network: FrozenResNet18, _ batch: ByteTensor, _ squashed: Squashed, label: Int
  ) -> (gradient: [Float], success: Double) {
    let normalisation = classifier.normalisation
    let (scale, offset) = normalisation.affine(maximum: 1)
    let (scales, offsets) = (scale.values, offset.values)
    let count = batch.shape[0]
    let side = ImageGeometry.side
    let stamped = Tensor([count, side, side, 3]) { target in
      squashed.stamp(batch) { index, value in
        target[index] = value * scales[index % 3] + offsets[index % 3]
      }
    }
    let tape = Tape(lanes: lanes)
    let input = tape.input(stamped)
    let logits = network(input, on: tape).logits
    let labels = [Int32](repeating: Int32(label), count: count)
    let loss = tape.softmaxCrossEntropy(logits, labels: labels).mean
    tape.backward(from: loss)
    var gradient = tape.gradient(of: input)?.values ?? []
    for index in gradient.indices { gradient[index] *= scales[index % 3] }
    let hits = logits.value.largestColumns().count { $0 == Int32(label) }
    return (gradient, Double(hits) / Double(count))
  }
}

/// Mask and pattern as fractions, with the way back to the free numbers.
private struct Squashed {
  private let mask: [Float]
  private let pattern: [Float]

  init(mask: [Float], pattern: [Float]) {
    self.mask = mask.map { (tanh($0) + 1) / 2 }
    self.pattern = pattern.map { (tanh($0) + 1) / 2 }
  }

  var maskSum: Double { mask.reduce(0) { $0 + Double($1) } }

  /// Gives `(1 - m) x + m p` for every value of `[N, H, W, 3]`, in order.
  func stamp(_ images: ByteTensor, _ body: (_ index: Int, _ value: Float) -> Void) {
    forEachPixel(of: images) { index, place, x in
      let m = mask[place / 3]
      body(index, (1 - m) * x + m * pattern[place])
    }
  }

  /// Gradients of the loss and of `lambda |m|_1` with respect to the free numbers, as a block of
  /// the layout: d(tanh(w) + 1)/2 = 2 y (1 - y) dw.
  func gradients(
    of pixels: [Float], images: ByteTensor, lambda: Float, layout: ParameterLayout,
    mask maskEntry: ParameterLayout.Entry, pattern patternEntry: ParameterLayout.Entry
  ) -> Tensor {
    var block = [Float](repeating: 0, count: layout.blockCount)
    for place in mask.indices { block[maskEntry.offset + place] = lambda }
    forEachPixel(of: images) { index, place, x in
      block[maskEntry.offset + place / 3] += pixels[index] * (pattern[place] - x)
      block[patternEntry.offset + place] += pixels[index] * mask[place / 3]
    }
    for (place, y) in mask.enumerated() { block[maskEntry.offset + place] *= 2 * y * (1 - y) }
    for (place, y) in pattern.enumerated() { block[patternEntry.offset + place] *= 2 * y * (1 - y) }
    return Tensor(block)
  }

  /// Visits `[N, H, W, 3]` in order: index in the batch, index in the image, value in 0...1.
  private func forEachPixel(of images: ByteTensor, _ body: (Int, Int, Float) -> Void) {
    let (size, plane) = (ImageGeometry.byteCount, ImageGeometry.pixelCount)
    images.withUnsafeBytes { source in
      for image in 0..<images.shape[0] {
        for place in 0..<size {
          let byte = source[image * size + place % 3 * plane + place / 3]
          body(image * size + place, place, Float(byte) / 255)
        }
      }
    }
  }
}

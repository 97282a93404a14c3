import Compute
import Testing

struct ResNet18Tests {
  typealias Stem = ResNet18Configuration.Stem

  /// Million multiply-accumulates, with as many decimal places as the table gives.
  @Test(arguments: [
    (8, Stem.s1, 176_402, 8.87, 2), (8, .s2, 176_402, 2.22, 2), (8, .im, 177_362, 0.84, 2),
    (16, .s1, 701_466, 35.05, 2), (16, .s2, 701_466, 8.76, 2), (16, .im, 703_386, 2.77, 2),
    (32, .s1, 2_797_610, 139.3, 1), (32, .s2, 2_797_610, 34.8, 1), (32, .im, 2_801_450, 9.86, 2),
    (64, .s1, 11_173_962, 555.4, 1), (64, .s2, 11_173_962, 138.9, 1),
    (64, .im, 11_181_642, 37.0, 1),
  ])
  func counts(width: Int, stem: Stem, parameters: Int, megaMACs: Double, places: Int) {
    let configuration = ResNet18Configuration(width: width, stem: stem, classCount: 10)
    #expect(configuration.parameterCount == parameters)
    let model = ResNet18(configuration, seed: nil)
    #expect(model.parameters.layout.parameterCount == parameters)
    let count = Double(configuration.multiplyAccumulateCount(imageSize: 32)) / 1e6
    let scale = places == 2 ? 100.0 : 10.0
    #expect((count * scale).rounded() / scale == megaMACs)
  }

  @Test(arguments: Stem.allCases) func shapes(stem: Stem) {
    let model = ResNet18(
      ResNet18Configuration(width: 4, stem: stem, classCount: 7), seed: 1)
    let tape = Tape(lanes: Lanes(2), isRecording: false)
    let images = sampleTensor([5, 32, 32, 3], seed: 2)
    let (logits, features) = model(.constant(images), on: tape)
    #expect(logits.shape == [5, 7])
    #expect(features.shape == [5, 32])
    #expect(logits.value.values.allSatisfy { $0.isFinite })
  }

  /// Folding the statistics of the only batch seen gives the training pass again.
  @Test func frozenNetworkEqualsTheTrainingPass() {
    let model = ResNet18(
      ResNet18Configuration(width: 4, stem: .s2, classCount: 3, precise: true), seed: 1)
    let images = Variable.constant(sampleTensor([64, 32, 32, 3], seed: 2))
    let tape = Tape(lanes: Lanes(2), isRecording: false)
    // Each pass moves the running statistics a tenth of the way to the batch's.
    var trained = model(images, on: tape)
    for _ in 0..<150 { trained = model(images, on: tape) }
    let frozen = FrozenResNet18(model)(images, on: tape)
    let (a, b) = (trained.logits.value.values, frozen.logits.value.values)
    let scale = a.map { abs($0) }.max() ?? 0
    // Running variances are unbiased: with 64 images the last stage has 256 values a channel, so
    // its scales differ by 0.2 %.
    #expect(scale > 0.01)
    #expect(zip(a, b).allSatisfy { abs($0 - $1) < 0.02 * scale })
  }

  /// The derivative that Neural Cleanse follows: loss by input through the frozen network.
  @Test func inputGradientFollowsTheLoss() {
    let model = ResNet18(
      ResNet18Configuration(width: 4, stem: .s2, classCount: 3, precise: true), seed: 1)
    let network = FrozenResNet18(model)
    let images = sampleTensor([2, 16, 16, 3], seed: 2)
    func loss(_ images: Tensor) -> Double {
      let tape = Tape(lanes: Lanes(1), isRecording: false)
      let losses = network(.constant(images), on: tape).logits.value
        .crossEntropies(labels: [0, 2], lanes: Lanes(1)).values
      return losses.reduce(0) { $0 + Double($1) } / 2
    }
    let tape = Tape(lanes: Lanes(2))
    let input = tape.input(images)
    let logits = network(input, on: tape).logits
    tape.backward(from: tape.softmaxCrossEntropy(logits, labels: [0, 2]).mean)
    guard let gradient = tape.gradient(of: input) else {
      Issue.record("no gradient")
      return
    }
    let squared = gradient.values.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(squared > 0)
    var (up, down) = (images, images)
    up.add(gradient, times: 1e-2 / Float(squared.squareRoot()), lanes: Lanes(1))
    down.add(gradient, times: -1e-2 / Float(squared.squareRoot()), lanes: Lanes(1))
    let slope = (loss(up) - loss(down)) / 2e-2
    // ReLU corners crossed by a step of 1e-2 bend the loss a little.
    #expect(abs(slope / squared.squareRoot() - 1) < 0.05)
  }
}

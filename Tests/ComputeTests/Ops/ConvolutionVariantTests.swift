import Compute
import Testing

/// Depthwise and transposed convolution.
struct ConvolutionVariantTests {
  @Test func depthwiseByHand() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    // Two channels: the first is differentiated along the row, the second summed.
    let x = Tensor([1, 10, 2, 20, 4, 40], shape: [1, 1, 3, 2])
    let w = Tensor([-1, 1, 1, 1], shape: [1, 2, 2])
    let y = tape.depthwiseConvolution(
      .constant(x), weight: .constant(w), ConvolutionGeometry(stride: 1, padding: 0))
    #expect(y.value == Tensor([1, 30, 2, 60], shape: [1, 1, 2, 2]))
  }

  @Test(arguments: [
    ConvolutionTests.Case([2, 5, 4, 3], [3, 3, 3], stride: 1, padding: 1),
    ConvolutionTests.Case([1, 7, 6, 17], [3, 3, 17], stride: 2, padding: 1),
    ConvolutionTests.Case([2, 4, 4, 2], [2, 3, 2], stride: 3, padding: 2),
  ])
  func depthwiseGradientsMatchDifferences(test: ConvolutionTests.Case) {
    let (x, w, geometry) = (test.x, test.w, test.geometry)
    let error = GradientCheck.worstError([x, w], lanes: 2) {
      $0.depthwiseConvolution($1[0], weight: $1[1], geometry)
    }
    #expect(error < ConvolutionTests.gradientTolerance)
  }

  @Test func refusesWindowsThatLeaveNothing() async {
    await #expect(processExitsWith: .failure) {
      _ = Tape(lanes: Lanes(1)).transposedConvolution(
        .constant(Tensor(zeros: [1, 1, 1, 1])), weight: .constant(Tensor(zeros: [2, 2, 1, 1])),
        ConvolutionGeometry(stride: 1, padding: 1))
    }
  }

  @Test func depthwiseLanesDoNotChangeTheBits() {
    func results(_ lanes: Int) -> [Tensor?] {
      let tape = Tape(lanes: Lanes(lanes))
      let x = tape.input(Tensor(Reference.values(37 * 64 * 48, seed: 1), shape: [37, 8, 8, 48]))
      let w = tape.input(Tensor(Reference.values(9 * 48, seed: 2), shape: [3, 3, 48]))
      let y = tape.depthwiseConvolution(x, weight: w, ConvolutionGeometry(stride: 1, padding: 1))
      tape.backward(from: y, seed: Tensor(Reference.values(y.shape.count, seed: 3), shape: y.shape))
      return [y.value, tape.gradient(of: x), tape.gradient(of: w)]
    }
    #expect(results(1) == results(2))
  }

  @Test func transposedByHand() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let x = Tensor([1, 2], shape: [1, 1, 2, 1])
    let w = Tensor([1, 10, 100], shape: [1, 3, 1, 1])
    let geometry = ConvolutionGeometry(stride: 2, padding: 0)
    let y = tape.transposedConvolution(.constant(x), weight: .constant(w), geometry)
    #expect(y.value == Tensor([1, 10, 102, 20, 200], shape: [1, 1, 5, 1]))
    let longer = tape.transposedConvolution(
      .constant(x), weight: .constant(w), geometry, outputPadding: 1)
    #expect(longer.shape == [1, 2, 6, 1])
    #expect(longer.value.values == [1, 10, 102, 20, 200, 0, 0, 0, 0, 0, 0, 0])
  }

  /// <convolution(x), y> = <x, transposed(y)>, with Winograd and without.
  @Test(arguments: [(16, 1, false), (16, 1, true), (5, 2, false), (3, 3, false)])
  func transposedIsTheAdjoint(channels: Int, stride: Int, precise: Bool) {
    let size = 8
    let geometry = ConvolutionGeometry(stride: stride, padding: 1)
    let x = Tensor(
      Reference.values(2 * size * size * channels, seed: 1), shape: [2, size, size, channels])
    let w = Tensor(
      Reference.values(9 * channels * 32, seed: 2), shape: [3, 3, channels, 32])
    let tape = Tape(lanes: Lanes(2), isRecording: false)
    let forward = tape.convolution(
      .constant(x), weight: .constant(w), geometry, precise: precise
    ).value
    let y = Tensor(Reference.values(forward.count, seed: 3), shape: forward.shape)
    let back = tape.transposedConvolution(
      .constant(y), weight: .constant(w), geometry, outputPadding: (size - 1) % stride,
      precise: precise
    ).value
    #expect(back.shape == x.shape)
    func product(_ a: Tensor, _ b: Tensor) -> Double {
      zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let size2 = product(forward, forward).squareRoot() * product(y, y).squareRoot()
    #expect(abs(product(forward, y) - product(x, back)) < Reference.winogradTolerance * size2)
  }

  @Test(arguments: [1, 2, 3])
  func transposedGradientsMatchDifferences(stride: Int) {
    let x = Tensor(Reference.values(2 * 9 * 2, seed: 1), shape: [2, 3, 3, 2])
    let w = Tensor(Reference.values(9 * 3 * 2, seed: 2), shape: [3, 3, 3, 2])
    let error = GradientCheck.worstError([x, w]) {
      $0.transposedConvolution(
        $1[0], weight: $1[1], ConvolutionGeometry(stride: stride, padding: 1),
        outputPadding: stride - 1, precise: true)
    }
    #expect(error < ConvolutionTests.gradientTolerance)
  }
}

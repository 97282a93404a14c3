import Compute
import Testing

struct ConvolutionTests {
  /// The op is linear, so differences are exact but for rounding: 1e-7 of a sum of up to a hundred
  /// products over a step of 1e-2.
  static let gradientTolerance: Float = 1e-3

  struct Case: CustomTestStringConvertible {
    let input: Shape
    let weight: Shape
    let geometry: ConvolutionGeometry
    var testDescription: String { "\(input) \(weight) \(geometry)" }

    init(_ input: Shape, _ weight: Shape, stride: Int, padding: Int) {
      (self.input, self.weight) = (input, weight)
      geometry = ConvolutionGeometry(stride: stride, padding: padding)
    }

    var x: Tensor { Tensor(Reference.values(input.count, seed: 1), shape: input) }
    var w: Tensor { Tensor(Reference.values(weight.count, seed: 2), shape: weight) }
  }

  @Test func handWorkedValue() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let x = Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [1, 3, 3, 1])
    let w = Tensor([0, 1, 0, 1, -4, 1, 0, 1, 0], shape: [3, 3, 1, 1])
    let y = tape.convolution(
      .constant(x), weight: .constant(w), ConvolutionGeometry(stride: 2, padding: 1))
    // Corners: 2 + 4 - 4*1, 2 + 6 - 4*3, 4 + 8 - 4*7, 6 + 8 - 4*9.
    #expect(y.value == Tensor([2, -4, -16, -22], shape: [1, 2, 2, 1]))
  }

  @Test(arguments: [
    Case([2, 4, 3, 2], [3, 3, 2, 3], stride: 1, padding: 1),
    Case([1, 5, 5, 2], [3, 3, 2, 2], stride: 2, padding: 1),
    Case([4, 2, 2, 2], [3, 3, 2, 2], stride: 1, padding: 1),
    Case([1, 4, 4, 3], [1, 1, 3, 2], stride: 2, padding: 0),
    Case([1, 7, 7, 1], [7, 7, 1, 1], stride: 2, padding: 3),
  ])
  func gradientsMatchDifferences(test: Case) {
    let error = GradientCheck.worstError([test.x, test.w]) { tape, inputs in
      tape.convolution(inputs[0], weight: inputs[1], test.geometry, precise: true)
    }
    #expect(error < Self.gradientTolerance)
  }

  /// All three results of one convolution with a fixed seed for the way back.
  private func passes(_ test: Case, lanes: Int, precise: Bool) -> [Tensor?] {
    let tape = Tape(lanes: Lanes(lanes))
    let (x, w) = (tape.input(test.x), tape.input(test.w))
    let y = tape.convolution(x, weight: w, test.geometry, precise: precise)
    let seed = Tensor(Reference.values(y.shape.count, seed: 3), shape: y.shape)
    tape.backward(from: y, seed: seed)
    return [y.value, tape.gradient(of: x), tape.gradient(of: w)]
  }

  @Test(arguments: [
    Case([9, 8, 8, 16], [3, 3, 16, 32], stride: 1, padding: 1),
    Case([70, 4, 4, 32], [3, 3, 32, 16], stride: 1, padding: 1),
    // Blocks of dw, in passes over two, two and one images.
    Case([5, 96, 96, 80], [3, 3, 80, 64], stride: 1, padding: 1),
  ])
  func winogradAgreesWithDirectSums(test: Case) {
    for (fast, precise) in zip(
      passes(test, lanes: 1, precise: false), passes(test, lanes: 1, precise: true))
    {
      let expected = (precise?.values ?? []).map { Double($0) }
      #expect(fast != precise)
      #expect(
        Reference.relativeError(fast?.values ?? [], expected) < Reference.winogradTolerance)
    }
  }

  @Test(
    arguments: [
      Case([37, 8, 8, 16], [3, 3, 16, 16], stride: 1, padding: 1),
      Case([37, 8, 8, 16], [3, 3, 16, 40], stride: 2, padding: 1),
      Case([130, 2, 2, 32], [3, 3, 32, 32], stride: 1, padding: 1),
      Case([21, 16, 16, 64], [3, 3, 64, 80], stride: 1, padding: 1),
    ], [false, true])
  func lanesDoNotChangeTheBits(test: Case, precise: Bool) {
    let one = passes(test, lanes: 1, precise: precise)
    for lanes in [2, 3] { #expect(one == passes(test, lanes: lanes, precise: precise)) }
  }

  @Test func constantInputsGetNoGradient() {
    let test = Case([1, 4, 4, 1], [3, 3, 1, 1], stride: 1, padding: 1)
    let tape = Tape(lanes: Lanes(1))
    let w = tape.input(test.w)
    let y = tape.convolution(.constant(test.x), weight: w, test.geometry)
    tape.backward(from: y)
    #expect(tape.gradient(of: w)?.shape == test.weight)
  }
}

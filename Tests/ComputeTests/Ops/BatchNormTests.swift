import Compute
import Testing

struct BatchNormTests {
  /// Second order of the step (1e-4) on slopes around 1, and float32 rounding over the step.
  static let gradientTolerance: Float = 3e-3

  @Test func handWorkedValue() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    // Channel 0: 1 and 3, mean 2, variance 1. Channel 1: constant 5.
    let x = Tensor([1, 5, 3, 5], shape: [2, 2])
    let result = tape.batchNorm(
      .constant(x), scale: .constant(Tensor([2, 3])), shift: .constant(Tensor([0.5, -1])),
      relu: true, eps: 0.25)
    // xhat = -+1 / sqrt(1.25); 2 xhat + 0.5, below zero once; the constant gives the shift, -1.
    let y = result.output.value.values
    #expect(
      zip(y, [0, 0, 0.5 + 2 / Float(1.25).squareRoot(), 0]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(result.mean == Tensor([2, 5]))
    #expect(result.unbiasedVariance == Tensor([2, 0]))
  }

  /// The mean is a thousand deviations away from zero: sums of squares alone would lose all digits.
  @Test func farMeansKeepTheirVariance() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let x = Tensor((0..<200).map { 1000 + Float($0 % 2) }, shape: [200, 1])
    let one = Tensor([1])
    let result = tape.batchNorm(
      .constant(x), scale: .constant(one), shift: .constant(Tensor([0])), relu: false)
    #expect(result.mean == Tensor([1000.5]))
    #expect(abs((result.unbiasedVariance?.item ?? 0) - 50 / 199.0) < 1e-6)
  }

  /// One value a channel: its distance from its own mean is 0, so only the offset is left, and no
  /// gradient reaches the input.
  @Test func oneValueAChannelByHand() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([7, -3], shape: [1, 2]))
    let (scale, shift) = (tape.input(Tensor([2, 3])), tape.input(Tensor([0.5, 4])))
    let result = tape.batchNorm(x, scale: scale, shift: shift, relu: false)
    #expect(result.output.value.values == [0.5, 4])
    #expect(result.mean == Tensor([7, -3]))
    #expect(result.unbiasedVariance == nil)
    tape.backward(from: result.output, seed: Tensor([5, 6], shape: [1, 2]))
    #expect(tape.gradient(of: x)?.values.allSatisfy { $0 == 0 } == true)
    #expect(tape.gradient(of: scale)?.values.allSatisfy { $0 == 0 } == true)
    #expect(tape.gradient(of: shift)?.values == [5, 6])
  }

  @Test func refusesEpsOfZero() async {
    await #expect(processExitsWith: .failure) {
      let one = Variable.constant(Tensor([1]))
      _ = Tape(lanes: Lanes(1)).batchNorm(
        .constant(Tensor([1], shape: [1, 1])), scale: one, shift: one, relu: false, eps: 0)
    }
  }

  @Test(arguments: [(false, false), (true, false), (true, true), (false, true)])
  func gradientsMatchDifferences(relu: Bool, hasResidual: Bool) {
    let shape: Shape = [2, 3, 2, 3]
    // Far from the kink of ReLU in the sum of both, so that differences do not step over it.
    let x = Tensor(
      Reference.values(shape.count, seed: 1).map { $0 + ($0 > 0 ? 0.5 : -0.5) }, shape: shape)
    let residual = Tensor(x.values.map { $0 * 0.3 }, shape: shape)
    let inputs =
      [x, Tensor([1, 0.5, 1.5]), Tensor([0.05, 0, -0.05])] + (hasResidual ? [residual] : [])
    let error = GradientCheck.worstError(inputs) { tape, inputs in
      tape.batchNorm(
        inputs[0], scale: inputs[1], shift: inputs[2],
        residual: hasResidual ? inputs[3] : nil, relu: relu
      ).output
    }
    #expect(error < Self.gradientTolerance)
  }

  @Test func lanesDoNotChangeTheBits() {
    let shape: Shape = [70, 8, 8, 24]
    let x = Tensor(Reference.values(shape.count, seed: 1), shape: shape)
    let residual = Tensor(Reference.values(shape.count, seed: 2), shape: shape)
    let (scale, shift) = (
      Tensor(Reference.values(24, seed: 3)), Tensor(Reference.values(24, seed: 4))
    )
    func run(_ lanes: Int) -> [Tensor?] {
      let tape = Tape(lanes: Lanes(lanes))
      let inputs = [x, scale, shift, residual].map { tape.input($0) }
      let result = tape.batchNorm(
        inputs[0], scale: inputs[1], shift: inputs[2], residual: inputs[3], relu: true)
      tape.backward(from: result.output)
      return [result.output.value, result.mean, result.unbiasedVariance]
        + inputs.map { tape.gradient(of: $0) }
    }
    #expect(run(1) == run(2))
  }
}

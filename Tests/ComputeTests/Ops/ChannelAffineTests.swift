import Compute
import Testing

struct ChannelAffineTests {
  private let scale = Tensor([2, -1])
  private let shift = Tensor([1, 0.5])

  @Test func byHand() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([1, 2, -3, 0], shape: [2, 2]))
    let r = tape.input(Tensor([0, 2, 1, 0], shape: [2, 2]))
    let y = tape.channelAffine(x, scale: scale, shift: shift, residual: r, relu: true)
    // (2 + 1 + 0, -2 + 0.5 + 2, -6 + 1 + 1, 0 + 0.5 + 0), negatives to 0.
    #expect(y.value.values == [3, 0.5, 0, 0.5])
    tape.backward(from: y)
    #expect(tape.gradient(of: x)?.values == [2, -1, 0, -1])
    #expect(tape.gradient(of: r)?.values == [1, 1, 0, 1])
    #expect(x.value.values == [1, 2, -3, 0])
  }

  @Test(arguments: [false, true]) func equalsTheNaiveLoop(relu: Bool) {
    let (x, r) = (sampleTensor([3_000, 40], seed: 1), sampleTensor([3_000, 40], seed: 2))
    let (scale, shift) = (sampleTensor([40], seed: 3), sampleTensor([40], seed: 4))
    let tape = Tape(lanes: Lanes(2))
    let y = tape.channelAffine(
      .constant(x), scale: scale, shift: shift, residual: .constant(r), relu: relu)
    let (a, b) = (scale.values, shift.values)
    let expected = zip(x.values, r.values).enumerated().map { index, pair in
      let value = pair.0 * a[index % 40] + b[index % 40] + pair.1
      return relu ? max(value, 0) : value
    }
    // One rounding of a fused multiply-add.
    #expect(isClose(y.value, expected, tolerance: 3e-7))
  }

  @Test func differences() {
    let (x, r) = (sampleTensor([2, 3, 2], seed: 1), sampleTensor([2, 3, 2], seed: 2))
    expectGradients(of: [x, r]) {
      $0.channelAffine($1[0], scale: scale, shift: shift, residual: $1[1], relu: true)
    }
    expectGradients(of: [x]) { $0.channelAffine($1[0], scale: scale, shift: shift) }
  }
}

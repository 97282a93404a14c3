import Compute
import Testing

struct LinearTests {
  @Test func byHand() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([1, 2], shape: [1, 2]))
    let w = tape.input(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    let b = tape.input(Tensor([0.5, 0, -0.5]))
    let y = tape.linear(x, weight: w, bias: b)
    #expect(y.value.values == [9.5, 12, 14.5])
    tape.backward(from: y, seed: Tensor([1, 0, 2], shape: [1, 3]))
    #expect(tape.gradient(of: x)?.values == [7, 16])
    #expect(tape.gradient(of: w)?.values == [1, 0, 2, 2, 0, 4])
    #expect(tape.gradient(of: b)?.values == [1, 0, 2])
  }

  @Test func equalsTheNaiveLoop() {
    let (n, c, k) = (50, 37, 11)
    let (x, w) = (sampleTensor([n, c], seed: 1), sampleTensor([c, k], seed: 2))
    let b = sampleTensor([k], seed: 3)
    let y = Tape(lanes: Lanes(2)).linear(.constant(x), weight: .constant(w), bias: .constant(b))
    var expected: [Float] = []
    for row in 0..<n {
      for column in 0..<k {
        let products = (0..<c).map { Double(x.values[row * c + $0] * w.values[$0 * k + column]) }
        expected.append(Float(products.reduce(0, +) + Double(b.values[column])))
      }
    }
    // 37 float32 products of size at most 1.
    #expect(isClose(y.value, expected, tolerance: 5e-6))
  }

  @Test func differences() {
    let inputs = [
      sampleTensor([3, 4], seed: 1), sampleTensor([4, 2], seed: 2), sampleTensor([2], seed: 3),
    ]
    expectGradients(of: inputs) { $0.linear($1[0], weight: $1[1], bias: $1[2]) }
  }

  @Test func refusesOtherSizes() async {
    await #expect(processExitsWith: .failure) {
      _ = Tape(lanes: Lanes(1)).linear(
        .constant(Tensor(zeros: [2, 3])), weight: .constant(Tensor(zeros: [4, 5])),
        bias: .constant(Tensor(zeros: [5])))
    }
  }
}

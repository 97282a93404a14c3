import Compute
import Testing

struct ElementwiseTests {
  /// Large enough for several pieces on two lanes.
  @Test func bigTensorsEqualTheNaiveLoop() {
    let (a, b) = (sampleTensor([300_000], seed: 1), sampleTensor([300_000], seed: 2))
    var sum = a
    sum.add(b, times: 0.5, lanes: Lanes(2))
    // A power of two: the same bits with and without a fused multiply-add.
    #expect(sum.values == zip(a.values, b.values).map { $0 + 0.5 * $1 })
    var scaled = a
    scaled.scale(by: -2.5, lanes: Lanes(2))
    #expect(scaled.values == a.values.map { -2.5 * $0 })
  }

  @Test func multiplesAndProductsByHand() {
    let tape = Tape(lanes: Lanes(1))
    let a = tape.input(Tensor([1, -2, 3]))
    let b = tape.input(Tensor([4, 5, -6]))
    let product = tape.product(tape.scaled(a, by: 2), b)
    #expect(product.value == Tensor([8, -20, -36]))
    tape.backward(from: product)
    #expect(tape.gradient(of: a) == Tensor([8, 10, -12]))
    #expect(tape.gradient(of: b) == Tensor([2, -4, 6]))
  }

  @Test(arguments: [[1], [7], [3, 17], [0, 4]])
  func multiplesAndProductsHaveTheirGradients(axes: [Int]) {
    let (a, b) = (sampleTensor(Shape(axes), seed: 3), sampleTensor(Shape(axes), seed: 4))
    expectGradients(of: [a, b]) { tape, x in tape.product(tape.scaled(x[0], by: -1.5), x[1]) }
  }

  @Test func bigProductsEqualTheNaiveLoop() {
    let (a, b) = (sampleTensor([300_000], seed: 5), sampleTensor([300_000], seed: 6))
    let tape = Tape(lanes: Lanes(2))
    let product = tape.product(.constant(a), .constant(b)).value
    #expect(product.values == zip(a.values, b.values).map { $0 * $1 })
  }

  @Test func refusesOtherShapes() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape(lanes: Lanes(1))
      _ = tape.product(.constant(Tensor([1])), .constant(Tensor([1, 2])))
    }
    await #expect(processExitsWith: .failure) {
      var a = Tensor([1])
      a.add(Tensor([1, 2]), lanes: Lanes(1))
    }
  }
}

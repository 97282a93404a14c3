import Compute
import Testing

struct ElementwiseTests {
  private let tape = Tape(lanes: Lanes(2))

  @Test func reluByHand() {
    let x = tape.input(Tensor([-1, 0, 2]))
    let y = tape.relu(x)
    #expect(y.value.values == [0, 0, 2])
    tape.backward(from: y, seed: Tensor([5, 6, 7]))
    // d max(x, 0) / dx is 1 for x > 0 and 0 elsewhere.
    #expect(tape.gradient(of: x)?.values == [0, 0, 7])
  }

  @Test func gradientsAccumulateOverUses() {
    let x = tape.input(Tensor([1, 2]))
    let y = tape.add(tape.scale(x, by: 3), x)
    #expect(y.value.values == [4, 8])
    tape.backward(from: y)
    #expect(tape.gradient(of: x)?.values == [4, 4])
  }

  /// Large enough for several pieces on two lanes.
  @Test func bigTensorsEqualTheNaiveLoop() {
    let (a, b) = (sampleTensor([300_000], seed: 1), sampleTensor([300_000], seed: 2))
    let sum = tape.add(.constant(a), .constant(b)).value
    #expect(sum.values == zip(a.values, b.values).map { $0 + $1 })
    let product = a.multiplied(by: b, lanes: Lanes(2))
    #expect(product.values == zip(a.values, b.values).map { $0 * $1 })
    #expect(tape.relu(.constant(a)).value.values == a.values.map { max($0, 0) })
  }

  @Test func differences() {
    let (a, b) = (sampleTensor([2, 3], seed: 1), sampleTensor([2, 3], seed: 2))
    expectGradients(of: [a]) { $0.relu($1[0]) }
    expectGradients(of: [a, b]) { $0.add($1[0], $1[1]) }
    expectGradients(of: [a]) { $0.scale($1[0], by: -2.5) }
  }

  @Test func refusesOtherShapes() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape(lanes: Lanes(1))
      _ = tape.add(.constant(Tensor([1])), .constant(Tensor([1, 2])))
    }
  }
}

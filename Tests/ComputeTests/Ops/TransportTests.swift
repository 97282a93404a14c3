import Compute
import Testing

/// Pairwise distances, their square root and the transport cost, as the distance of two sets.
struct TransportTests {
  static let a = Tensor([0, 0, 1, 0, 0, 1], shape: [3, 2])
  static let b = Tensor([1, 1, 2, 1], shape: [2, 2])

  private func cost(_ tape: Tape, _ b: Variable, _ a: Variable) -> Variable {
    tape.squareRoot(tape.pairwiseSquaredDistances(b, a), floor: 1e-10)
  }

  @Test func handWorkedDistances() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let y = tape.pairwiseSquaredDistances(.constant(Self.b), .constant(Self.a))
    #expect(y.value == Tensor([2, 1, 1, 5, 2, 4], shape: [2, 3]))
  }

  /// Close rows far from 0: the form |a|^2 + |b|^2 - 2ab would lose all digits.
  @Test func closeRowsKeepTheirDistance() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let y = tape.pairwiseSquaredDistances(
      .constant(Tensor([4096], shape: [1, 1])), .constant(Tensor([4096.25], shape: [1, 1])))
    #expect(y.value.item == 0.0625)
  }

  /// Values of the reference implementation in float64, rows updated first, from zero potentials.
  @Test(arguments: [
    (1.0, 1_000, 1.495_832_0), (0.1, 2_000, 1.422_640_8), (0.1, 10, 1.421_072_1),
  ])
  func sinkhornValues(epsilon: Double, iterations: Int, expected: Double) {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let value = tape.sinkhorn(
      cost: cost(tape, .constant(Self.b), .constant(Self.a)), epsilon: epsilon,
      iterations: iterations)
    #expect(abs(Double(value.value.item) - expected) < 1e-6)
  }

  /// As epsilon vanishes the cost becomes the exact one, without overflow: 1.4131181 by hand.
  @Test func aTinyEpsilonGivesTheExactCost() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let value = tape.sinkhorn(
      cost: cost(tape, .constant(Self.b), .constant(Self.a)), epsilon: 1e-3, iterations: 20_000)
    #expect(abs(value.value.item - 1.413_118) < 2e-4)
  }

  @Test func gradientsMatchDifferences() {
    let (x, y) = (sampleTensor([5, 3], seed: 1), sampleTensor([4, 3], seed: 2))
    expectGradients(of: [x, y]) { $0.pairwiseSquaredDistances($1[0], $1[1]) }
    expectGradients(of: [x, y]) {
      $0.squareRoot($0.pairwiseSquaredDistances($1[0], $1[1]), floor: 1e-10)
    }
    for iterations in [1, 2, 10] {
      expectGradients(of: [sampleTensor([4, 6], seed: 3)]) {
        $0.sinkhorn(cost: $1[0], epsilon: 0.7, iterations: iterations)
      }
    }
  }

  /// The plan sums to 1, and pulls on the costs with just its masses.
  @Test func thePlanAloneIsTheEnvelopeGradient() {
    let tape = Tape(lanes: Lanes(1))
    let cost = tape.input(Tensor([0, 1, 1, 0], shape: [2, 2]))
    tape.backward(from: tape.sinkhorn(cost: cost, epsilon: 0.1, iterations: 50, gradient: .plan))
    // e^(-1 / 0.1) of the mass goes across.
    let across: Float = 0.5 * 4.539_787e-5
    #expect(
      isClose(
        tape.gradient(of: cost) ?? Tensor([]),
        [0.5 - across, across, across, 0.5 - across], tolerance: 1e-6))
  }

  /// Costs whose mean is below 0 have a scale as well: that of their sizes.
  @Test func negativeCostsHaveADefaultEpsilon() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let cost = Variable.constant(Tensor([-3, 1, 1, -3], shape: [2, 2]))
    #expect(
      tape.sinkhorn(cost: cost).value == tape.sinkhorn(cost: cost, epsilon: 0.2).value)
  }

  @Test func equalPointsHaveAFiniteGradient() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([1, 2], shape: [1, 2]))
    let distance = cost(tape, x, .constant(Tensor([1, 2], shape: [1, 2])))
    tape.backward(from: tape.sinkhorn(cost: distance))
    #expect(tape.gradient(of: x) == Tensor([0, 0], shape: [1, 2]))
  }

  @Test func lanesDoNotChangeTheBits() {
    func results(_ lanes: Int) -> [Tensor?] {
      let tape = Tape(lanes: Lanes(lanes))
      let x = tape.input(Tensor(Reference.values(700 * 33, seed: 1), shape: [700, 33]))
      let y = tape.input(Tensor(Reference.values(90 * 33, seed: 2), shape: [90, 33]))
      let distances = tape.pairwiseSquaredDistances(x, y)
      tape.backward(
        from: distances, seed: Tensor(Reference.values(63_000, seed: 3), shape: [700, 90]))
      return [distances.value, tape.gradient(of: x), tape.gradient(of: y)]
    }
    #expect(results(1) == results(2))
  }
}

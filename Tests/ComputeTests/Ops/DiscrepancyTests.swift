import Compute
import Foundation
import Testing

/// Distances between two small samples, worked in float64, and gradients of the ops that outcome
/// networks are made of.
struct DiscrepancyTests {
  private static let a = Tensor([0, 0, 1, 0, 0, 1], shape: [3, 2])
  private static let b = Tensor([1, 1, 2, 1], shape: [2, 2])
  /// Values are float32; the largest here is 1.5.
  private static let tolerance: Float = 1e-6

  private func value(_ kind: Discrepancy, sigma: Double = 1) -> Float {
    Tape(lanes: Lanes(1)).discrepancy(
      .constant(Self.a), .constant(Self.b), kind, sigma: sigma
    ).value.item
  }

  @Test func workedValues() {
    #expect(abs(value(.mmd_lin) - 1.3437096) < Self.tolerance)
    #expect(abs(value(.mmd2_rbf) - 0.3144165) < Self.tolerance)
    #expect(abs(value(.wass_official) - 1.4497357) < Self.tolerance)
  }

  /// Biased: the diagonals count, and divisors are squares.
  @Test func biasedKernelDistance() {
    let tape = Tape(lanes: Lanes(1))
    let (a, b) = (Variable.constant(Self.a), Variable.constant(Self.b))
    let biased =
      tape.gaussianSum(a, a, sigma: 1).value.item / 9
      + tape.gaussianSum(b, b, sigma: 1).value.item / 4
      - 2 * tape.gaussianSum(a, b, sigma: 1).value.item / 6
    #expect(abs(biased - 0.8670218) < Self.tolerance)
  }

  /// The rows of the cost are those of B.
  @Test(arguments: [(1.0, 2000, Float(1.4958320)), (0.1, 2000, 1.4226408), (0.1, 10, 1.4210721)])
  func transport(epsilon: Double, iterations: Int, expected: Float) {
    let tape = Tape(lanes: Lanes(1))
    let cost = tape.squareRoot(
      tape.pairwiseSquaredDistances(.constant(Self.b), .constant(Self.a)), floor: 1e-10)
    let value = tape.sinkhorn(cost: cost, epsilon: epsilon, iterations: iterations).value.item
    #expect(abs(value - expected) < Self.tolerance)
  }

  /// Without entropy: each of 3 points in parts of a sixth, each of 2 as well, so that the best
  /// plan is the best of all ways to pair six with six. With little entropy Sinkhorn comes to it.
  @Test func exactTransport() {
    let tape = Tape(lanes: Lanes(1))
    let cost = tape.squareRoot(
      tape.pairwiseSquaredDistances(.constant(Self.b), .constant(Self.a)), floor: 1e-10)
    let costs = cost.value.values.map(Double.init)
    /// The least cost of pairing what is left of both sides, in sixths.
    func least(_ supply: [Int], _ demand: [Int]) -> Double {
      guard let row = supply.firstIndex(where: { $0 > 0 }) else { return 0 }
      return demand.indices.filter { demand[$0] > 0 }.reduce(.infinity) { best, column in
        var (rest, wanted) = (supply, demand)
        rest[row] -= 1
        wanted[column] -= 1
        return min(best, costs[row * 3 + column] / 6 + least(rest, wanted))
      }
    }
    #expect(abs(least([3, 3], [2, 2, 2]) - 1.4131181) < 1e-6)
    let value = tape.sinkhorn(cost: cost, epsilon: 0.01, iterations: 2000).value.item
    #expect(abs(value - 1.4131181) < 1e-5)
  }

  @Test(arguments: [Discrepancy.mmd_lin, .mmd2_rbf])
  func gradients(kind: Discrepancy) {
    expectGradients(of: [sampleTensor([4, 3], seed: 1), sampleTensor([3, 3], seed: 2)]) {
      $0.discrepancy($1[0], $1[1], kind, sigma: 1.5)
    }
  }

  @Test func equalSamplesHaveNoSlope() {
    let tape = Tape(lanes: Lanes(1))
    let (a, b) = (tape.input(Self.a), tape.input(Self.a))
    let distance = tape.meanDistance(a, b)
    #expect(distance.value.item == 1e-5)
    tape.backward(from: distance)
    #expect(tape.gradient(of: a).map { isClose($0, [0, 0, 0, 0, 0, 0]) } == true)
  }

  @Test func rowOps() {
    expectGradients(of: [sampleTensor([4, 3], seed: 3)]) { $0.unitRows($1[0]) }
    expectGradients(of: [sampleTensor([4, 3], seed: 3)]) { $0.rows($1[0], 1..<3) }
    expectGradients(of: [sampleTensor([2, 3], seed: 4), sampleTensor([1, 3], seed: 5)]) {
      $0.stacked($1[0], $1[1])
    }
    let unit = Tape(lanes: Lanes(1)).unitRows(.constant(Tensor([3, 4, 0, 0], shape: [2, 2])))
    #expect(isClose(unit.value, [0.6, 0.8, 0, 0]))
  }

  @Test func losses() {
    let targets: [Float] = [1, 0, 1]
    let weights: [Float] = [0.2, 0.3, 0.5]
    let sample = sampleTensor([3, 1], seed: 6)
    expectGradients(of: [sample]) {
      $0.squaredError($1[0], targets: targets, weights: weights)
    }
    for margin in [0, 0.001] {
      expectGradients(of: [sample]) {
        $0.logisticLoss($1[0], targets: targets, weights: weights, margin: margin)
      }
    }
    expectGradients(of: [sample, sampleTensor([3, 1], seed: 7), sampleTensor([1], seed: 8)]) {
      $0.targetedRegularisation(
        $1[0], logits: $1[1], epsilon: $1[2], treatment: [0, 1, 1], targets: targets)
    }
    let tape = Tape(lanes: Lanes(1))
    let far = tape.logisticLoss(
      .constant(Tensor([200, -200], shape: [2, 1])), targets: [0, 1], weights: [0.5, 0.5])
    #expect(far.value.item == 200)
    let sum = tape.weightedSum([(far, 0.5), (far, 2)])
    #expect(sum.value.item == 500)
  }
}

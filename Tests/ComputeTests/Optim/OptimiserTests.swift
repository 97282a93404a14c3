import Compute
import Testing

struct OptimiserTests {
  /// One parameter vector (1, -2) with gradient (0.5, 1).
  private static func arena() -> (arena: ParameterArena, entry: ParameterLayout.Entry) {
    var layout = ParameterLayout()
    let entry = layout.add("p", [2], .zeros)
    let arena = ParameterArena(layout, seed: 0)
    arena.setValue(Tensor([1, -2]), of: entry)
    let tape = Tape(lanes: Lanes(1))
    tape.backward(from: tape.parameter(entry, of: arena), seed: Tensor([0.5, 1]))
    return (arena, entry)
  }

  private static func values(after steps: Int, of optimiser: any Optimiser) -> [Double] {
    var optimiser = optimiser
    let (arena, entry) = arena()
    for _ in 0..<steps { optimiser.step(arena, learningRate: 0.1, lanes: Lanes(1)) }
    return arena.value(of: entry).values.map(Double.init)
  }

  /// The formulas in float64, for constant gradients.
  private static func reference(
    steps: Int, decay: Double, decoupled: Bool
  ) -> [Double] {
    zip([1.0, -2.0], [0.5, 1.0]).map { start, slope in
      var (p, m, v) = (start, 0.0, 0.0)
      var (power1, power2) = (1.0, 1.0)
      for _ in 0..<steps {
        if decoupled { p *= 1 - 0.1 * decay }
        let g = slope + (decoupled ? 0 : decay * p)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        power1 *= 0.9
        power2 *= 0.999
        p -= 0.1 * (m / (1 - power1)) / ((v / (1 - power2)).squareRoot() + 1e-8)
      }
      return p
    }
  }

  /// 1 - beta2 rounds to float32 with a relative error of 5e-5; half of it enters each of ten
  /// steps of size 0.1.
  private static let adamTolerance = 5e-5
  /// Float32 steps of size 0.1 against float64.
  private static let tolerance = 2e-6

  @Test func sgdByHand() {
    // g = (0.5, 1) + 0.1 (1, -2) = (0.6, 0.8); p = (0.94, -2.08)
    let first = Self.values(after: 1, of: SGD(momentum: 0.5, weightDecay: 0.1))
    #expect(abs(first[0] - 0.94) < Self.tolerance && abs(first[1] - -2.08) < Self.tolerance)
    // g = (0.594, 0.792); v = 0.5 (0.6, 0.8) + g = (0.894, 1.192)
    let second = Self.values(after: 2, of: SGD(momentum: 0.5, weightDecay: 0.1))
    #expect(abs(second[0] - 0.8506) < Self.tolerance && abs(second[1] - -2.1992) < Self.tolerance)
  }

  @Test(arguments: [1, 2, 10]) func adamEqualsTheFormula(steps: Int) {
    let values = Self.values(after: steps, of: Adam(AdamSettings(weightDecay: 0.01)))
    let expected = Self.reference(steps: steps, decay: 0.01, decoupled: false)
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) < Self.adamTolerance })
  }

  @Test(arguments: [1, 2, 10]) func adamWEqualsTheFormula(steps: Int) {
    let values = Self.values(
      after: steps, of: Adam(AdamSettings(weightDecay: 0.01), decay: .decoupled))
    let expected = Self.reference(steps: steps, decay: 0.01, decoupled: true)
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) < Self.adamTolerance })
  }

  @Test func schedules() {
    func rate(_ schedule: LearningRateSchedule, _ step: Int) -> Double {
      schedule.rate(step: step, stepsPerEpoch: 10, epochs: 2, peak: 1)
    }
    #expect(rate(.constant, 13) == 1)
    #expect(rate(.cosine, 9) == 1)
    #expect(abs(rate(.cosine, 10) - 0.5) < 1e-12)
    // 20 steps: up over steps 0...3, down to step 19.
    #expect(abs(rate(.oneCycle, 0) - 1.0 / 25) < 1e-12)
    #expect(abs(rate(.oneCycle, 3) - 1) < 1e-12)
    #expect(abs(rate(.oneCycle, 11) - 0.5) < 1e-5)
    #expect(abs(rate(.oneCycle, 19) - 1.0 / 250_000) < 1e-12)
    #expect((0..<20).allSatisfy { (0...1).contains(rate(.oneCycle, $0)) })
    #expect(LearningRateSchedule.oneCycle.rate(step: 0, stepsPerEpoch: 1, epochs: 1, peak: 2) <= 2)
  }

  @Test func parametersDrawFromTheirOwnStreams() {
    func values(of name: String, among names: [String]) -> [Float] {
      var layout = ParameterLayout()
      for name in names { _ = layout.add(name, [20, 10], .kaimingNormal(fanOut: 50)) }
      let arena = ParameterArena(layout, seed: 4)
      return layout.entries.first { $0.name == name }.map { arena.value(of: $0).values } ?? []
    }
    let alone = values(of: "b", among: ["b"])
    #expect(alone == values(of: "b", among: ["a", "b"]))
    // Standard deviation sqrt(2 / 50) = 0.2, 200 values: four standard errors.
    let deviation = Summary.deviation(alone.map(Double.init)) ?? 0
    #expect(abs(deviation - 0.2) < 0.04)
  }
}

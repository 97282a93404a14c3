import Compute
import Foundation
import Testing

/// The ops that CLIP adds.
struct ContrastiveTests {
  @Test func gradientsOfRowsAndColumns() {
    expectGradients(of: [sampleTensor([3, 5], seed: 1)]) { tape, x in tape.unitRows(x[0]) }
    expectGradients(of: [sampleTensor([3, 5], seed: 2)]) { tape, x in tape.columns(x[0], 1..<4) }
  }

  /// Two pairs with cosines (1, 0; 0, 1) and scale e^0: each row and column loses
  /// ln(1 + 1/e) = 0.313262.
  @Test func lossOfTwoPairs() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let unit = Variable.constant(Tensor([1, 0, 0, 1], shape: [2, 2]))
    let loss = tape.contrastiveLoss(
      image: unit, text: unit, logScale: .constant(Tensor([0])))
    #expect(isClose(loss.value, [0.313262]))
  }

  @Test func gradientsOfTheLoss() {
    let inputs = [
      sampleTensor([3, 4], seed: 3), sampleTensor([3, 4], seed: 4), Tensor([0.5]),
    ]
    expectGradients(of: inputs) { tape, x in
      tape.contrastiveLoss(image: x[0], text: x[1], logScale: x[2])
    }
    expectGradients(of: inputs) { tape, x in
      tape.contrastiveLoss(
        image: x[0], text: x[1], logScale: x[2],
        weights: (image: [0.5, 1, 2], text: [1, 0.2, 1]))
    }
  }

  /// Beyond ln 100 the scale is held, and gets no gradient.
  @Test func holdsTheScale() throws {
    let tape = Tape(lanes: Lanes(1))
    let unit = Variable.constant(Tensor([1, 0, 0.6, 0.8], shape: [2, 2]))
    let scales = [tape.input(Tensor([5])), tape.input(Tensor([4.6051702]))]
    let losses = scales.map { tape.contrastiveLoss(image: unit, text: unit, logScale: $0) }
    #expect(losses[0].value == losses[1].value)
    tape.backward(from: losses[0])
    #expect(tape.gradient(of: scales[0])?.item == 0)
  }

  @Test func tapsKeepWhatReachesThem() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([1, 2], shape: [1, 2]))
    let (value, tap) = tape.tapped(x)
    tape.backward(
      from: tape.columns(value, 1..<2), seed: Tensor([3], shape: [1, 1]))
    #expect(tape.gradient(of: tap)?.values == [0, 3])
    #expect(tape.gradient(of: x)?.values == [0, 3])
  }

  /// With parameters held, inputs get the same gradients and the arena none.
  @Test func parametersCanBeConstants() {
    var layout = ParameterLayout()
    let entry = layout.add("w", [2, 2], .normal(deviation: 1))
    let arena = ParameterArena(layout, seed: 1)
    func gradient(_ tape: Tape) -> Tensor? {
      let x = tape.input(Tensor([1, 2], shape: [1, 2]))
      tape.backward(from: tape.linear(x, weight: tape.parameter(entry, of: arena)))
      return tape.gradient(of: x)
    }
    let held = gradient(Tape(lanes: Lanes(1), recordsParameters: false))
    #expect(arena.gradients.values.allSatisfy { $0 == 0 })
    #expect(held == gradient(Tape(lanes: Lanes(1))))
    #expect(arena.gradients.values.contains { $0 != 0 })
  }
}

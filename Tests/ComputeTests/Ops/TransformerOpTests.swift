import Compute
import Foundation
import Testing

/// Gradients of the transformer's small ops by central differences, and what they give by hand.
struct TransformerOpTests {
  @Test(arguments: Activation.allCases) func activations(function: Activation) {
    expectGradients(of: [sampleTensor([3, 5], seed: 1)]) { $0.activation($1[0], function) }
    expectGradients(of: [sampleTensor([3, 8], seed: 2)]) { $0.gated($1[0], function) }
  }

  @Test func norms() {
    let inputs = [
      sampleTensor([4, 6], seed: 1), sampleTensor([6], seed: 2), sampleTensor([6], seed: 3),
    ]
    expectGradients(of: inputs) { $0.layerNorm($1[0], weight: $1[1], bias: $1[2], eps: 0.1) }
    expectGradients(of: [inputs[0], inputs[1]]) { $0.rmsNorm($1[0], weight: $1[1], eps: 0.1) }
  }

  @Test func normsByHand() {
    let tape = Tape(lanes: Lanes(1))
    let x = Variable.constant(Tensor([1, 3, 3, 4], shape: [2, 2]))
    let (ones, zeros) = (Tensor([1, 1]), Tensor([0, 0]))
    let centred = tape.layerNorm(x, weight: .constant(ones), bias: .constant(zeros), eps: 1e-12)
    #expect(isClose(centred.value, [-1, 1, -1, 1]))
    let scaled = tape.rmsNorm(x, weight: .constant(ones), eps: 1e-12)
    let (a, b) = (Float(5.0.squareRoot()), Float(12.5.squareRoot()))
    #expect(isClose(scaled.value, [1 / a, 3 / a, 3 / b, 4 / b]))
  }

  @Test func embeddingAndPositions() {
    let table = sampleTensor([4, 3], seed: 1)
    expectGradients(of: [table]) { $0.embedding($1[0], ids: [2, 0, 2]) }
    let parts = [
      sampleTensor([4, 3], seed: 2), sampleTensor([3, 3], seed: 3), sampleTensor([3], seed: 4),
    ]
    expectGradients(of: parts) {
      $0.positioned($1[0], positions: $1[1], classToken: $1[2])
    }
    expectGradients(of: [sampleTensor([6, 3], seed: 5), parts[1]]) {
      $0.positioned($1[0], positions: $1[1])
    }
    expectGradients(of: [sampleTensor([3, 5], seed: 6)]) { $0.transposed($1[0]) }
  }

  @Test func positionsByHand() {
    let y = Tape(lanes: Lanes(1)).positioned(
      .constant(Tensor([1, 2], shape: [2, 1])),
      positions: .constant(Tensor([10, 20], shape: [2, 1])),
      classToken: .constant(Tensor([5])))
    #expect(y.value.values == [15, 21, 15, 22])
  }

  /// Pixel (row, column, channel) of image n is n * 100 + its place.
  @Test func patches() {
    let pixels = (0..<32).map { (i: Int) -> Float in Float(i / 16 * 100 + i % 16) }
    let images = Tensor(pixels, shape: [2, 4, 4, 1])
    let y = Tape(lanes: Lanes(2)).patches(.constant(images), size: 2)
    #expect(y.shape == [8, 4])
    #expect(y.value.rows(1..<2).values == [2, 3, 6, 7])
    #expect(y.value.rows(6..<7).values == [108, 109, 112, 113])
    expectGradients(of: [sampleTensor([2, 4, 2, 3], seed: 1)]) { $0.patches($1[0], size: 2) }
  }

  @Test(arguments: [RotaryPositions.Layout.interleaved, .halves])
  func rotary(layout: RotaryPositions.Layout) {
    let positions = RotaryPositions([3, 0, 7], headSize: 4, base: 100, layout: layout)
    expectGradients(of: [sampleTensor([6, 11], seed: 1)]) {
      $0.rotary($1[0], positions, heads: 2)
    }
    // Pair 0 turns by 3, pair 1 by 3 / 10.
    let x = Tensor([1, 0, 0, 0] + [1, 2, 3, 4], shape: [2, 4])
    let at = RotaryPositions([3, 0], headSize: 4, base: 100, layout: layout)
    let y = Tape(lanes: Lanes(1)).rotary(.constant(x), at, heads: 1).value.values
    let partner = layout == .interleaved ? 1 : 2
    #expect(abs(y[0] - cosf(3)) < 1e-6 && abs(y[partner] - sinf(3)) < 1e-6)
    #expect(Array(y[4...]) == [1, 2, 3, 4])
    #expect(x.values == [1, 0, 0, 0, 1, 2, 3, 4], "the input is its owner's")
  }

  @Test func dropout() {
    let x = sampleTensor([1_000], seed: 1)
    let tape = Tape(lanes: Lanes(2))
    let input = tape.input(x)
    let y = tape.dropout(input, probability: 0.5, key: 9)
    #expect(zip(x.values, y.value.values).allSatisfy { $1 == 0 || $1 == 2 * $0 })
    tape.backward(from: y)
    let expected = y.value.values.map { $0 == 0 ? Float(0) : 2 }
    #expect(tape.gradient(of: input)?.values == expected)
    #expect(tape.dropout(.constant(x), probability: 0, key: 9).value == x)
  }

  @Test func residualSum() {
    let tape = Tape(lanes: Lanes(1))
    let (a, b) = (tape.input(Tensor([1, 2])), tape.input(Tensor([10, 20])))
    let y = tape.add(a, to: b)
    #expect(y.value.values == [11, 22])
    tape.backward(from: y, seed: Tensor([3, 4]))
    #expect(tape.gradient(of: a)?.values == [3, 4])
    #expect(tape.gradient(of: b)?.values == [3, 4])
    #expect(a.value.values == [1, 2])
  }

  @Test func clipping() {
    var layout = ParameterLayout()
    let entry = layout.add("w", [2], .zeros)
    let arena = ParameterArena(layout, seed: nil)
    arena.gradients.withUnsafeMutableFloats { ($0[0], $0[1]) = (3, 4) }
    #expect(arena.clipGradients(toNorm: 10, lanes: Lanes(2)) == 5)
    #expect(arena.gradient(of: entry).values == [3, 4])
    #expect(arena.clipGradients(toNorm: 1, lanes: Lanes(2)) == 5)
    #expect(isClose(arena.gradient(of: entry), [0.6, 0.8]))
    arena.gradients.withUnsafeMutableFloats { $0[0] = .infinity }
    #expect(!arena.clipGradients(toNorm: 1, lanes: Lanes(2)).isFinite)
  }

  /// The part inside is computed twice, and parameters inside get their gradients.
  @Test func checkpoints() {
    var layout = ParameterLayout()
    let entry = layout.add("w", [3, 3], .uniform(fanIn: 3))
    var calls = 0
    func gradients(checkpointing: Bool, constantInput: Bool) -> [Tensor?] {
      calls = 0
      let arena = ParameterArena(layout, seed: 1)
      let tape = Tape(lanes: Lanes(2))
      let x = sampleTensor([4, 3], seed: 1)
      let input = constantInput ? Variable.constant(x) : tape.input(x)
      func part(_ tape: Tape, _ x: Variable) -> Variable {
        calls += 1
        let y = tape.linear(x, weight: tape.parameter(entry, of: arena))
        return tape.add(tape.activation(y, .gelu), to: x)
      }
      let y = checkpointing ? tape.checkpointed(input, part) : part(tape, input)
      tape.backward(from: y, seed: sampleTensor([4, 3], seed: 2))
      return [y.value, arena.gradients, tape.gradient(of: input)]
    }
    for constant in [true, false] {
      let plain = gradients(checkpointing: false, constantInput: constant)
      #expect(calls == 1)
      #expect(plain == gradients(checkpointing: true, constantInput: constant))
      #expect(calls == 2)
      #expect(plain[1]?.values.contains { $0 != 0 } == true)
    }
  }
}

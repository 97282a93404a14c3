import Compute
import Testing

struct TapeTests {
  @Test func constantsCostNothing() {
    let tape = Tape(lanes: Lanes(1))
    let y = tape.relu(.constant(Tensor([1, -1])))
    #expect(!y.needsGradient)
    tape.backward(from: y)
  }

  @Test func evaluationRecordsNothing() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let x = tape.input(Tensor([1, -1]))
    #expect(!tape.relu(x).needsGradient)
  }

  @Test func parameterGradientsAddUpInTheArena() {
    var layout = ParameterLayout()
    _ = layout.add("first", [3], .zeros)
    let entry = layout.add("second", [2], .ones)
    #expect(entry.offset == 16)
    let arena = ParameterArena(layout, seed: 0)
    for _ in 0..<2 {
      let tape = Tape(lanes: Lanes(1))
      tape.backward(from: tape.scaled(tape.parameter(entry, of: arena), by: 3))
    }
    #expect(arena.gradient(of: entry).values == [6, 6])
    #expect(arena.gradients.values.reduce(0, +) == 12)
    arena.zeroGradients()
    #expect(arena.gradient(of: entry).values == [0, 0])
  }

  @Test func gradientsAccumulateOverUses() {
    let tape = Tape(lanes: Lanes(2))
    let x = tape.input(Tensor([1, 2]))
    let y = tape.add(tape.scaled(x, by: 3), x)
    #expect(y.value.values == [4, 8])
    tape.backward(from: y)
    #expect(tape.gradient(of: x)?.values == [4, 4])
  }

  /// A gradient that two paths share is not changed by the op that works on it in place.
  @Test func sharedGradientsAreNotOverwritten() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([-1, 2]))
    let y = tape.add(tape.relu(x), tape.scaled(x, by: 10))
    tape.backward(from: y)
    #expect(tape.gradient(of: x)?.values == [10, 11])
  }

  @Test func refusesASeedOfAnotherShape() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape(lanes: Lanes(1))
      tape.backward(from: tape.input(Tensor([1, 2])), seed: Tensor([1]))
    }
  }
}

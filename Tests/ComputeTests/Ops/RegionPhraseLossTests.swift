import Compute
import Testing

struct RegionPhraseLossTests {
  /// Check D of the method's card: -((0.4)^2 ln 0.6 + 0.09 ln 0.7) = 0.11383.
  @Test func oneRegion() {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let loss = tape.regionPhraseLoss(
      .constant(Tensor([0.6, 0.3], shape: [1, 2])), own: [0], multiplicity: [1, 1], weights: [1])
    #expect(isClose(loss.value, [0.11383], tolerance: 1e-5))
  }

  @Test func gradients() {
    let s = Tensor([0.6, 0.3, 0.2, 0.7, 0.5, 0.4], shape: [2, 3])
    expectGradients(of: [s]) { tape, x in
      tape.regionPhraseLoss(x[0], own: [0, 2], multiplicity: [1, 2, 1], weights: [1, 0.5])
    }
  }

  /// A cosine below 0 is held at 1e-4, and has no gradient there.
  @Test func holdsCosines() throws {
    let tape = Tape(lanes: Lanes(1))
    let s = tape.input(Tensor([-0.5, 0.3], shape: [1, 2]))
    let loss = tape.regionPhraseLoss(s, own: [0], multiplicity: [1, 1], weights: [1])
    #expect(loss.value.item.isFinite)
    tape.backward(from: loss)
    let gradient = try #require(tape.gradient(of: s)).values
    #expect(gradient[0] == 0 && gradient[1] > 0)
  }
}

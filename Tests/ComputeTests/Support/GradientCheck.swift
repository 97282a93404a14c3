import Compute
import Testing

/// Step of central differences: balances the float32 rounding of the op's results (about 1e-7 / h)
/// against the curvature of the ops tested (about h^2).
let differenceStep: Float = 1e-2
/// Largest difference allowed between gradient and central difference, in units of the largest
/// gradient: twenty times the rounding that the step above leaves.
let differenceTolerance = 2e-3

/// Values in -1 ... 1 that are reproducible and never close to 0, where ReLU has its corner.
func sampleTensor(_ shape: Shape, seed: UInt64) -> Tensor {
  var random = RandomStream.generator(seed: seed, purpose: "sample")
  let values = (0..<shape.count).map { _ -> Float in
    let size = Float(0.05 + 0.95 * random.unit())
    return random.unit() < 0.5 ? -size : size
  }
  return Tensor(values, shape: shape)
}

/// Compares an op's gradients with central differences of a random weighting of its result.
func expectGradients(
  of inputs: [Tensor], sourceLocation: SourceLocation = #_sourceLocation,
  _ op: (Tape, [Variable]) -> Variable
) {
  let lanes = Lanes(2)
  let tape = Tape(lanes: lanes)
  let variables = inputs.map { tape.input($0) }
  let output = op(tape, variables)
  let weights = sampleTensor(output.shape, seed: 99)
  func weighted(_ inputs: [Tensor]) -> Double {
    let tape = Tape(lanes: lanes, isRecording: false)
    let value = op(tape, inputs.map { .constant($0) }).value
    return zip(value.values, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  tape.backward(from: output, seed: weights)
  for (position, input) in inputs.enumerated() {
    guard let gradient = tape.gradient(of: variables[position]) else {
      Issue.record("input \(position) has no gradient", sourceLocation: sourceLocation)
      continue
    }
    #expect(gradient.shape == input.shape, sourceLocation: sourceLocation)
    let scale = max(1e-3, gradient.values.map { Double(abs($0)) }.max() ?? 0)
    for element in 0..<input.count {
      func moved(_ step: Float) -> Double {
        var values = input.values
        values[element] += step
        var moved = inputs
        moved[position] = Tensor(values, shape: input.shape)
        return weighted(moved)
      }
      let expected = (moved(differenceStep) - moved(-differenceStep)) / Double(2 * differenceStep)
      let error = abs(expected - Double(gradient.values[element])) / scale
      #expect(
        error < differenceTolerance,
        "input \(position), element \(element): \(gradient.values[element]), expected \(expected)",
        sourceLocation: sourceLocation)
    }
  }
}

/// Whether all elements agree within `tolerance`.
func isClose(_ tensor: Tensor, _ expected: [Float], tolerance: Float = 1e-6) -> Bool {
  tensor.count == expected.count
    && zip(tensor.values, expected).allSatisfy { abs($0 - $1) <= tolerance }
}

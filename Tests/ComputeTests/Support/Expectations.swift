import Compute
import Testing

/// Largest relative difference allowed between gradient and central difference: twenty times the
/// rounding that the check's step leaves.
let differenceTolerance: Float = 2e-3

/// Values in -1 ... 1 that are reproducible and never close to 0, where ReLU has its corner.
func sampleTensor(_ shape: Shape, seed: UInt64) -> Tensor {
  var random = RandomStream.generator(seed: seed, purpose: "sample")
  let values = (0..<shape.count).map { _ -> Float in
    let size = Float(0.05 + 0.95 * random.unit())
    return random.unit() < 0.5 ? -size : size
  }
  return Tensor(values, shape: shape)
}

/// Compares an op's gradients with central differences of a fixed weighting of its result.
func expectGradients(
  of inputs: [Tensor], sourceLocation: SourceLocation = #_sourceLocation,
  _ op: (Tape, [Variable]) -> Variable
) {
  let error = GradientCheck.worstError(inputs, lanes: 2, op: op)
  #expect(error < differenceTolerance, sourceLocation: sourceLocation)
}

/// Whether all elements agree within `tolerance`.
func isClose(_ tensor: Tensor, _ expected: [Float], tolerance: Float = 1e-6) -> Bool {
  tensor.count == expected.count
    && zip(tensor.values, expected).allSatisfy { abs($0 - $1) <= tolerance }
}

import Compute

/// Compares an op's gradients with central differences.
enum GradientCheck {
  /// Step of the differences: large enough that float32 rounding of the sum (1e-7 of its size)
  /// stays below 1e-4 of the slope, small enough for the third derivative of what is tested here.
  static let step: Float = 1e-2

  /// How far the tape's gradients are from central differences.
  ///
  /// - Parameters:
  ///   - inputs: the point.
  ///   - lanes: the tape's.
  ///   - op: from the inputs to a result of any shape, which is summed with fixed weights.
  /// - Returns: the largest difference over all elements of an input, relative to that input's
  ///   largest gradient; of the input where this is worst. Infinite where a gradient is missing or
  ///   not finite, or a difference is not.
  static func worstError(
    _ inputs: [Tensor], lanes: Int = 1, op: (Tape, [Variable]) -> Variable
  ) -> Float {
    func weights(_ shape: Shape) -> Tensor {
      Tensor(Reference.values(shape.count, seed: 99), shape: shape)
    }
    func total(_ inputs: [Tensor]) -> Double {
      let value = op(Tape(lanes: Lanes(1), isRecording: false), inputs.map { .constant($0) }).value
      return zip(value.values, weights(value.shape).values).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
    let tape = Tape(lanes: Lanes(lanes))
    let variables = inputs.map { tape.input($0) }
    let output = op(tape, variables)
    tape.backward(from: output, seed: weights(output.shape))
    var worstRatio: Float = 0
    for (index, variable) in variables.enumerated() {
      let gradient = tape.gradient(of: variable)?.values ?? []
      guard gradient.count == inputs[index].count else { return .infinity }
      var (worst, largest): (Float, Float) = (0, 1e-6)
      for element in 0..<gradient.count {
        var (above, below) = (inputs, inputs)
        above[index].withUnsafeMutableFloats { $0[element] += step }
        below[index].withUnsafeMutableFloats { $0[element] -= step }
        let slope = Float((total(above) - total(below)) / (2 * Double(step)))
        guard slope.isFinite, gradient[element].isFinite else { return .infinity }
        worst = max(worst, abs(slope - gradient[element]))
        largest = max(largest, abs(slope))
      }
      worstRatio = max(worstRatio, worst / largest)
    }
    return worstRatio
  }
}

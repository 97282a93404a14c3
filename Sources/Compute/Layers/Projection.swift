/// A fully connected layer's places in a model's block of parameters.
package struct Projection: Sendable {
  /// Standard deviation of first weights, of GPT-2 and ViT.
  package static let deviation = 0.02

  /// `[C, K]`.
  package let weight: ParameterLayout.Entry
  /// `[K]`.
  package let bias: ParameterLayout.Entry?

  /// Lays the layer out: normal weights, biases 0.
  init(
    _ name: String, from inputs: Int, to outputs: Int, hasBias: Bool,
    deviation: Double = Projection.deviation, layout: inout ParameterLayout
  ) {
    weight = layout.add("\(name).weight", [inputs, outputs], .normal(deviation: deviation))
    bias = hasBias ? layout.add("\(name).bias", [outputs], .zeros) : nil
  }

  func callAsFunction(
    _ x: Variable, residual: Variable? = nil, _ parameters: ParameterArena, _ tape: Tape
  ) -> Variable {
    tape.linear(
      x, weight: tape.parameter(weight, of: parameters),
      bias: bias.map { tape.parameter($0, of: parameters) }, residual: residual)
  }

  func callAsFunction(
    _ x: Variable, _ activation: Activation, isGated: Bool, _ parameters: ParameterArena,
    _ tape: Tape
  ) -> Variable {
    tape.linear(
      x, weight: tape.parameter(weight, of: parameters),
      bias: bias.map { tape.parameter($0, of: parameters) }, activation: activation,
      isGated: isGated)
  }
}

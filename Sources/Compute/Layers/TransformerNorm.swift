/// The norm in front of a part of a transformer.
package struct TransformerNorm: Sendable {
  package enum Kind: Sendable, Equatable {
    case layer(eps: Float)
    case rootMeanSquare(eps: Float)
  }

  private enum Parameters {
    case layer(weight: ParameterLayout.Entry, bias: ParameterLayout.Entry, eps: Float)
    case rootMeanSquare(weight: ParameterLayout.Entry, eps: Float)
  }

  private let own: Parameters

  /// Lays the norm out: gain 1, offset 0 (layer norm only), each `[width]`.
  init(_ name: String, _ kind: Kind, _ width: Int, layout: inout ParameterLayout) {
    let weight = layout.add("\(name).weight", [width], .ones)
    switch kind {
    case .layer(let eps):
      own = .layer(weight: weight, bias: layout.add("\(name).bias", [width], .zeros), eps: eps)
    case .rootMeanSquare(let eps):
      own = .rootMeanSquare(weight: weight, eps: eps)
    }
  }

  func callAsFunction(
    _ x: Variable, _ parameters: ParameterArena, _ tape: Tape
  ) -> Variable {
    switch own {
    case .layer(let weight, let bias, let eps):
      return tape.layerNorm(
        x, weight: tape.parameter(weight, of: parameters),
        bias: tape.parameter(bias, of: parameters), eps: eps)
    case .rootMeanSquare(let weight, let eps):
      return tape.rmsNorm(x, weight: tape.parameter(weight, of: parameters), eps: eps)
    }
  }
}

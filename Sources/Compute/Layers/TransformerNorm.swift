/// The norm in front of a part of a transformer.
package struct TransformerNorm: Sendable {
  package enum Kind: Sendable, Equatable {
    case layer(eps: Float)
    case rootMeanSquare(eps: Float)
  }

  let kind: Kind
  let weight: ParameterLayout.Entry
  /// Layer norm only.
  let bias: ParameterLayout.Entry?

  /// Lays the norm out: gain 1, offset 0, each `[width]`.
  init(_ name: String, _ kind: Kind, _ width: Int, layout: inout ParameterLayout) {
    self.kind = kind
    weight = layout.add("\(name).weight", [width], .ones)
    if case .layer = kind {
      bias = layout.add("\(name).bias", [width], .zeros)
    } else {
      bias = nil
    }
  }

  func callAsFunction(
    _ x: Variable, _ parameters: ParameterArena, _ tape: Tape
  ) -> Variable {
    let gain = tape.parameter(weight, of: parameters)
    switch (kind, bias) {
    case (.layer(let eps), let bias?):
      return tape.layerNorm(x, weight: gain, bias: tape.parameter(bias, of: parameters), eps: eps)
    case (.layer(let eps), nil), (.rootMeanSquare(let eps), _):
      return tape.rmsNorm(x, weight: gain, eps: eps)
    }
  }
}

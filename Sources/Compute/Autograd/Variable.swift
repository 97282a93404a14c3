/// A tensor that took part in a computation, with its place on the tape.
package struct Variable {
  package let value: Tensor
  /// Where its gradient is collected; nil for a constant.
  let slot: Int?

  package var shape: Shape { value.shape }

  /// Whether a backward pass has to produce a gradient for it. Ops skip what nobody needs.
  package var needsGradient: Bool { slot != nil }

  /// A tensor without gradient.
  package static func constant(_ value: Tensor) -> Variable {
    Variable(value: value, slot: nil)
  }
}

extension Tape {
  /// The same value, and a handle under which the gradient that reaches it is kept.
  ///
  ///     y = x        dx = dy, and gradient(of: tap) = dy
  ///
  /// The tape drops the gradients of inner values as it uses them; a tap is an input beside `x`.
  ///
  /// - Parameter x: any value; a constant too, whose tap then has a gradient all the same.
  /// - Returns: the value to go on with, and the handle for `gradient(of:)` after `backward`.
  package func tapped(_ x: Variable) -> (value: Variable, tap: Variable) {
    let tap = input(x.value)
    return (record(x.value, from: [x, tap]) { gradient in [gradient, gradient] }, tap)
  }
}

extension Tape {
  /// The sum of two tensors of one shape, in place when nothing else holds `branch`.
  ///
  ///     y = branch + stream        both gradients are dy
  ///
  /// - Parameters:
  ///   - branch: what a block computed.
  ///   - stream: what it is added to.
  /// - Returns: their shape.
  package func add(_ branch: consuming Variable, to stream: Variable) -> Variable {
    precondition(
      branch.shape == stream.shape, "add: \(branch.shape) to \(stream.shape), shapes differ")
    let slots = [branch.slot, stream.slot]
    var y = (consume branch).value
    y.add(stream.value, lanes: lanes)
    return record(y, fromSlots: slots) { gradient in [gradient, gradient] }
  }
}

extension Tape {
  /// A part of a network whose inner values are not kept but computed again on the way back:
  /// memory for one more forward pass. The gradients have the same bits as without.
  ///
  /// - Parameters:
  ///   - input: what the part reads; of all else it may read only parameters and constants.
  ///   - body: the part, on the tape that it is given; it must give the same values twice.
  /// - Returns: what `body` returns.
  /// - Source: Chen et al. 2016.
  package func checkpointed(
    _ input: Variable, _ body: @escaping (Tape, Variable) -> Variable
  ) -> Variable {
    guard isRecording else { return body(self, input) }
    let (lanes, value) = (lanes, input.value)
    let output = body(Tape(lanes: lanes, isRecording: false), .constant(value)).value
    // A constant input still needs its node, for the parameters inside.
    let slot = input.slot ?? self.input(value).slot
    return record(output, fromSlots: [slot]) { gradient in
      let tape = Tape(lanes: lanes)
      let again = tape.input(value)
      tape.backward(from: body(tape, again), seed: gradient)
      return [tape.gradient(of: again)]
    }
  }
}

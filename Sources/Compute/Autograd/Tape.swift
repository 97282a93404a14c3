/// Records a computation and walks it backwards once, to give the gradient of a scalar.
///
/// Every op is a method in `Ops/` that computes its value and calls `record` with one closure:
/// from the gradient of its result to the gradients of its inputs. `backward` runs the closures
/// in reverse order and drops each as soon as it is used, so activations return to the pool in
/// the middle of the pass. Closures capture tensors and sizes, never a model.
package final class Tape {
  /// From the gradient of the result to one gradient per input, in the order of the inputs; nil
  /// where an input needs none. The gradient passed in may be overwritten and returned.
  package typealias Backward = (_ gradient: inout Tensor) -> [Tensor?]

  private struct Node {
    let output: Int
    let inputs: [Int?]
    let backward: Backward
  }

  /// Where a slot's gradient ends.
  private enum Sink {
    case tape
    case parameter(ParameterArena, offset: Int)
  }

  package let lanes: Lanes
  /// False for evaluation: nothing is kept and no gradient is possible.
  package let isRecording: Bool
  /// False where parameters are constants: an explanation needs gradients of activations alone.
  package let recordsParameters: Bool

  private var nodes: [Node] = []
  private var sinks: [Sink] = []
  private var gradients: [Tensor?] = []

  package init(lanes: Lanes, isRecording: Bool = true, recordsParameters: Bool = true) {
    self.lanes = lanes
    self.isRecording = isRecording
    self.recordsParameters = recordsParameters
  }

  /// An input whose gradient is wanted; read it with `gradient(of:)` after `backward`.
  package func input(_ value: Tensor) -> Variable {
    Variable(value: value, slot: isRecording ? newSlot(.tape) : nil)
  }

  /// A parameter; its gradient is added to the arena's gradient block.
  package func parameter(_ parameter: ParameterArena.Entry, of arena: ParameterArena) -> Variable {
    Variable(
      value: arena.value(of: parameter),
      slot: isRecording && recordsParameters
        ? newSlot(.parameter(arena, offset: parameter.offset)) : nil)
  }

  private func newSlot(_ sink: Sink) -> Int {
    sinks.append(sink)
    gradients.append(nil)
    return sinks.count - 1
  }

  /// Notes how `value` came from `inputs`; called by ops only.
  ///
  /// - Parameters:
  ///   - value: the op's result.
  ///   - inputs: what it depends on; constants may be among them.
  ///   - backward: see `Backward`; kept only if an input needs a gradient.
  /// - Returns: `value` with its place on the tape.
  package func record(
    _ value: Tensor, from inputs: [Variable], backward: @escaping Backward
  ) -> Variable {
    record(value, fromSlots: inputs.map(\.slot), backward: backward)
  }

  /// The same for ops that gave their inputs away; nil stands for a constant.
  func record(
    _ value: Tensor, fromSlots inputs: [Int?], backward: @escaping Backward
  ) -> Variable {
    guard isRecording, inputs.contains(where: { $0 != nil }) else { return .constant(value) }
    let slot = newSlot(.tape)
    nodes.append(Node(output: slot, inputs: inputs, backward: backward))
    return Variable(value: value, slot: slot)
  }

  /// Adds the gradients of a scalar to every parameter and input that it depends on.
  ///
  /// Consumes the recording: a second call has nothing left to walk.
  ///
  /// - Parameters:
  ///   - output: usually a scalar loss.
  ///   - seed: gradient of the final scalar with respect to `output`; ones if nil.
  package func backward(from output: Variable, seed: Tensor? = nil) {
    guard let start = output.slot else { return }
    let first = seed ?? Tensor(repeating: 1, shape: output.shape)
    precondition(
      first.shape == output.shape, "backward: seed \(first.shape) for output \(output.shape)")
    accumulate(first, in: start)
    while let node = nodes.popLast() {
      guard var gradient = gradients[node.output].take() else { continue }
      let parts = node.backward(&gradient)
      precondition(
        parts.count == node.inputs.count,
        "backward: \(parts.count) gradients for \(node.inputs.count) inputs")
      for (input, part) in zip(node.inputs, parts) {
        if let input, let part { accumulate(part, in: input) }
      }
    }
  }

  private func accumulate(_ part: Tensor, in slot: Int) {
    switch sinks[slot] {
    case .parameter(let arena, let offset):
      arena.addGradient(part, at: offset, lanes: lanes)
    case .tape:
      if var sum = gradients[slot].take() {
        sum.add(part, lanes: lanes)
        gradients[slot] = sum
      } else {
        gradients[slot] = part
      }
    }
  }

  /// The gradient collected for an `input`; nil when nothing depended on it.
  package func gradient(of input: Variable) -> Tensor? {
    input.slot.flatMap { gradients[$0] }
  }
}

/// All parameters of a model in one block, their gradients in a second of the same layout.
///
/// Zeroing, clipping and an optimiser step are one loop over one pointer each. Gradients are
/// added here by a `Tape`; the optimiser keeps its moments in blocks of the same layout.
package final class ParameterArena {
  package typealias Entry = ParameterLayout.Entry

  package let layout: ParameterLayout
  /// The parameters, `[layout.blockCount]`.
  package var values: Tensor
  /// Sum of the gradients since `zeroGradients`, `[layout.blockCount]`.
  package var gradients: Tensor

  /// Parameters at their first values.
  ///
  /// - Parameters:
  ///   - layout: names, shapes and initialisers.
  ///   - seed: each entry draws from its own stream (seed, "parameter NAME"); nil leaves zeros, for
  ///     values that are about to be read.
  package init(_ layout: ParameterLayout, seed: UInt64?) {
    self.layout = layout
    gradients = Tensor(zeros: [layout.blockCount])
    values = Tensor(zeros: [layout.blockCount])
    guard let seed else { return }
    for entry in layout.entries {
      let random = RandomStream.generator(seed: seed, purpose: "parameter \(entry.name)")
      setValue(entry.initialiser.values(entry.shape, from: random), of: entry)
    }
  }

  /// A view of one parameter. While it lives, writing `values` copies the whole block: drop it
  /// before the optimiser's step.
  package func value(of entry: Entry) -> Tensor {
    values.view(at: entry.offset, shape: entry.shape)
  }

  /// Replaces one parameter.
  ///
  /// - Precondition: the entry's shape.
  package func setValue(_ value: Tensor, of entry: Entry) {
    precondition(
      value.shape == entry.shape, "parameter \(entry.name): \(value.shape) for \(entry.shape)")
    values.replace(at: entry.offset, with: value)
  }

  /// Moves one entry towards a value: `p = (1 - weight) p + weight value`.
  func average(_ value: Tensor, into entry: Entry, weight: Float) {
    precondition(
      value.shape == entry.shape, "average \(entry.name): \(value.shape) for \(entry.shape)")
    values.average(value, at: entry.offset, weight: weight)
  }

  /// A view of one parameter's gradient.
  package func gradient(of entry: Entry) -> Tensor {
    gradients.view(at: entry.offset, shape: entry.shape)
  }

  package func zeroGradients() {
    gradients.fill(0)
  }

  func addGradient(_ part: Tensor, at offset: Int, lanes: Lanes) {
    gradients.add(part, at: offset, lanes: lanes)
  }

  /// Adds the gradient of `factor / 2` times the squared sum of some entries: coupled weight decay.
  func addDecay(of entries: [Entry], factor: Float, lanes: Lanes) {
    for entry in entries {
      gradients.add(value(of: entry), times: factor, at: entry.offset, lanes: lanes)
    }
  }

  /// Scales the matrices, tables among them, and leaves vectors: decoupled weight decay.
  func shrinkMatrices(by factor: Float) {
    for entry in layout.entries where entry.shape.rank == 2 {
      values.scale(at: entry.offset, count: entry.shape.count, by: factor)
    }
  }
}

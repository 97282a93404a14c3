/// The order of operations of ResNet-18, whatever a unit (convolution with its affine map) is made
/// of: a plan while the model is laid out, parameters in training, folded tensors in evaluation.
///
/// Stem, then four stages of two basic blocks; a block is
/// `relu(second(relu(first(x))) + shortcut(x))`, the shortcut the identity where shapes allow.
struct ResNetTopology<Unit> {
  struct Block {
    var first: Unit
    var second: Unit
    /// 1x1 convolution where size or channels change; nil for the identity.
    var shortcut: Unit?
  }

  var stem: Unit
  /// Whether a 3x3 max pool with stride 2 follows the stem.
  var hasMaxPool: Bool
  var blocks: [Block]

  /// The same topology with every unit replaced, in order of use.
  func map<Other>(_ transform: (Unit) -> Other) -> ResNetTopology<Other> {
    ResNetTopology<Other>(
      stem: transform(stem), hasMaxPool: hasMaxPool,
      blocks: blocks.map { block in
        ResNetTopology<Other>.Block(
          first: transform(block.first), second: transform(block.second),
          shortcut: block.shortcut.map(transform))
      })
  }

  /// Pooled features of images.
  ///
  /// - Parameters:
  ///   - images: `[N, H, W, 3]`, normalised.
  ///   - tape: records the ops.
  ///   - apply: `unit(x)`, plus `residual` if given, then ReLU if asked.
  /// - Returns: `[N, 8 width]`.
  func features(
    of images: Variable, on tape: Tape,
    apply: (_ unit: Unit, _ x: Variable, _ residual: Variable?, _ relu: Bool) -> Variable
  ) -> Variable {
    var x = apply(stem, images, nil, true)
    if hasMaxPool { x = tape.maxPool3x3(x) }
    for block in blocks {
      let shortcut = block.shortcut.map { apply($0, x, nil, false) } ?? x
      let inner = apply(block.first, x, nil, true)
      x = apply(block.second, inner, shortcut, true)
    }
    return tape.globalAveragePool(x)
  }
}

extension ResNetTopology: Sendable where Unit: Sendable {}
extension ResNetTopology.Block: Sendable where Unit: Sendable {}

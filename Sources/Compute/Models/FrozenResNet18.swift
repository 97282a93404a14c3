/// A ResNet-18 for evaluation: running statistics folded into one affine map per channel, nothing
/// trainable, safe to share.
///
///     scale' = scale / sqrt(variance + eps)        shift' = shift - mean scale'
package struct FrozenResNet18: Sendable {
  /// Convolution weights and the affine map behind them.
  struct Unit: Sendable {
    let weight: Tensor
    let scale: Tensor
    let shift: Tensor
    let geometry: ConvolutionGeometry
  }

  private let topology: ResNetTopology<Unit>
  private let mask: Tensor
  private let linearWeight: Tensor
  private let linearBias: Tensor
  private let precise: Bool

  /// The network as it is now; later training does not change it.
  package init(_ model: ResNet18) {
    let (parameters, statistics) = (model.parameters, model.statistics)
    topology = model.topology.map { unit in
      let affine = zip(
        zip(parameters.value(of: unit.scale).values, parameters.value(of: unit.shift).values),
        zip(statistics.value(of: unit.mean).values, statistics.value(of: unit.variance).values)
      ).map { parameters, statistics in
        let scale = parameters.0 / (statistics.1 + ResNet18.eps).squareRoot()
        return (scale: scale, shift: parameters.1 - statistics.0 * scale)
      }
      return Unit(
        weight: parameters.value(of: unit.weight), scale: Tensor(affine.map(\.scale)),
        shift: Tensor(affine.map(\.shift)), geometry: unit.geometry)
    }
    mask = model.mask
    linearWeight = parameters.value(of: model.linearWeight)
    linearBias = parameters.value(of: model.linearBias)
    precise = model.configuration.precise
  }

  /// The evaluation pass; a recording tape gives the gradient with respect to the images.
  ///
  /// - Parameters:
  ///   - images: `[N, H, W, 3]`, normalised.
  ///   - tape: records the ops.
  /// - Returns: logits `[N, classes]` and the features that enter the linear layer, `[N, 8 width]`.
  package func callAsFunction(
    _ images: Variable, on tape: Tape
  ) -> (logits: Variable, features: Variable) {
    let pooled = topology.features(of: images, on: tape) { unit, x, residual, relu in
      let convolved = tape.convolution(
        x, weight: .constant(unit.weight), unit.geometry, precise: precise)
      return tape.channelAffine(
        convolved, scale: unit.scale, shift: unit.shift, residual: residual, relu: relu)
    }
    let features = tape.channelAffine(
      pooled, scale: mask, shift: Tensor(zeros: mask.shape))
    let logits = tape.linear(
      features, weight: .constant(linearWeight), bias: .constant(linearBias))
    return (logits, features)
  }
}

/// ResNet-18 for small images, trainable: NHWC, widths w, 2w, 4w, 8w, two basic blocks a stage.
///
/// - Source: He et al. 2016; stems and counts as in `ResNet18Configuration`.
package final class ResNet18 {
  /// Weight of the newest batch in the running statistics.
  static let statisticsMomentum: Float = 0.1
  /// Added to every variance of batch norm.
  static let eps: Float = 1e-5

  package let configuration: ResNet18Configuration
  /// What training changes by gradients.
  package let parameters: ParameterArena
  /// What training changes by averaging (batch norm's running mean and variance), and the mask of
  /// the features.
  package let statistics: ParameterArena

  let topology: ResNetTopology<ConvolutionUnit>
  let linearWeight: ParameterLayout.Entry
  let linearBias: ParameterLayout.Entry
  private let featureMask: ParameterLayout.Entry

  /// A network with first values drawn from `seed`; nil leaves zeros, for a network about to be
  /// read.
  package init(_ configuration: ResNet18Configuration, seed: UInt64?) {
    var layout = ParameterLayout()
    var buffers = ParameterLayout()
    self.configuration = configuration
    topology = configuration.topology(layout: &layout, statistics: &buffers)
    let features = configuration.featureCount
    let classes = configuration.classCount
    linearWeight = layout.add("linear.weight", [features, classes], .uniform(fanIn: features))
    linearBias = layout.add("linear.bias", [classes], .uniform(fanIn: features))
    featureMask = buffers.add("features.mask", [features], .ones)
    parameters = ParameterArena(layout, seed: seed)
    statistics = ParameterArena(buffers, seed: seed)
  }

  /// Factors on the features that enter the linear layer, `[8 width]`: 1, or 0 for a pruned one.
  package var mask: Tensor {
    get { statistics.value(of: featureMask) }
    set { statistics.setValue(newValue, of: featureMask) }
  }

  /// Whether no parameter and no running statistic is infinite or NaN.
  var isFinite: Bool { parameters.values.isFinite && statistics.values.isFinite }

  /// The training pass: batch norm with the batch's own statistics, running ones updated (but not
  /// by a single value a channel, as the last stage sees of one small image).
  ///
  /// - Parameters:
  ///   - images: `[N, H, W, 3]`, normalised.
  ///   - tape: records the ops.
  /// - Returns: logits `[N, classes]` and the features that enter the linear layer, `[N, 8 width]`.
  package func callAsFunction(
    _ images: Variable, on tape: Tape
  ) -> (logits: Variable, features: Variable) {
    let pooled = topology.features(of: images, on: tape) { unit, x, residual, relu in
      apply(unit, to: x, residual: residual, relu: relu, on: tape)
    }
    let features = tape.channelAffine(
      pooled, scale: mask, shift: Tensor(zeros: mask.shape))
    let logits = tape.linear(
      features, weight: tape.parameter(linearWeight, of: parameters),
      bias: tape.parameter(linearBias, of: parameters))
    return (logits, features)
  }

  private func apply(
    _ unit: ConvolutionUnit, to x: Variable, residual: Variable?, relu: Bool, on tape: Tape
  ) -> Variable {
    let convolved = tape.convolution(
      x, weight: tape.parameter(unit.weight, of: parameters), unit.geometry,
      precise: configuration.precise)
    let result = tape.batchNorm(
      convolved, scale: tape.parameter(unit.scale, of: parameters),
      shift: tape.parameter(unit.shift, of: parameters), residual: residual, relu: relu,
      eps: Self.eps)
    if let variance = result.unbiasedVariance {
      statistics.average(result.mean, into: unit.mean, weight: Self.statisticsMomentum)
      statistics.average(variance, into: unit.variance, weight: Self.statisticsMomentum)
    }
    return result.output
  }
}

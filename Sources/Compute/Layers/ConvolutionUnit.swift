/// A convolution without bias and the batch norm behind it, as places in a model's blocks.
struct ConvolutionUnit: Sendable {
  /// `[R, S, C, K]`.
  let weight: ParameterLayout.Entry
  /// Batch norm's gain and offset, `[K]`.
  let scale: ParameterLayout.Entry
  let shift: ParameterLayout.Entry
  /// Running mean and variance, `[K]`, in the block of statistics.
  let mean: ParameterLayout.Entry
  let variance: ParameterLayout.Entry
  let geometry: ConvolutionGeometry

  /// Lays the unit out.
  ///
  /// - Parameters:
  ///   - name: prefix of its parameters, such as `stage2.0.first`.
  ///   - kernel: height and width; the padding is `kernel / 2`.
  ///   - channels: in and out.
  ///   - stride: step in both directions.
  ///   - start: first values of the weights.
  ///   - layout: receives weights, gain and offset.
  ///   - statistics: receives the running mean and variance.
  init(
    _ name: String, kernel: Int, channels: (in: Int, out: Int), stride: Int,
    start: ResNet18Configuration.ConvolutionStart, layout: inout ParameterLayout,
    statistics: inout ParameterLayout
  ) {
    let out = channels.out
    weight = layout.add(
      "\(name).weight", [kernel, kernel, channels.in, out],
      start.initialiser(kernel: kernel, channels: channels))
    scale = layout.add("\(name).norm.scale", [out], .ones)
    shift = layout.add("\(name).norm.shift", [out], .zeros)
    mean = statistics.add("\(name).norm.mean", [out], .zeros)
    variance = statistics.add("\(name).norm.variance", [out], .ones)
    geometry = ConvolutionGeometry(stride: stride, padding: kernel / 2)
  }

  /// Width (or height) of the result for an input of the given width (or height).
  func outputSize(_ size: Int) -> Int {
    (size + 2 * geometry.padding - weight.shape[0]) / geometry.stride + 1
  }
}

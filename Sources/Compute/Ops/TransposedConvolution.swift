extension Tape {
  /// Transposed convolution without bias: the adjoint of `convolution` in its input, so that
  /// stride s enlarges the map s times.
  ///
  ///     y[n, i*stride + r - padding, j*stride + s - padding, k] += x[n, i, j, c] w[r, s, k, c]
  ///
  /// Forward is the convolution's data gradient, the gradient in x its forward pass, the gradient
  /// in w its weight gradient with the roles of both maps exchanged. For decoders of images, such
  /// as autoencoders and segmentation; no stage of today has one.
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`, N at least 1.
  ///   - weight: `[R, S, K, C]`, that of the convolution from K to C channels.
  ///   - geometry: stride and padding of that convolution.
  ///   - outputPadding: rows and columns that no window of that convolution reaches, added at the
  ///     bottom and at the right; below the stride.
  ///   - precise: direct sums only, for gradient checks and comparisons of single values.
  /// - Returns: `[N, OH, OW, K]` with `OH = (H - 1) stride - 2 padding + R + outputPadding`, OW
  ///   likewise.
  package func transposedConvolution(
    _ x: Variable, weight: Variable, _ geometry: ConvolutionGeometry, outputPadding: Int = 0,
    precise: Bool = false
  ) -> Variable {
    precondition(
      x.shape.rank == 4 && weight.shape.rank == 4 && x.shape[3] == weight.shape[3]
        && outputPadding >= 0 && outputPadding < geometry.stride,
      "transposed convolution: input \(x.shape), weight \(weight.shape), output padding "
        + "\(outputPadding), expected [N, H, W, C] and [R, S, K, C]")
    func size(_ axis: Int) -> Int {
      (x.shape[axis] - 1) * geometry.stride - 2 * geometry.padding + weight.shape[axis - 1]
        + outputPadding
    }
    precondition(
      size(1) >= 1 && size(2) >= 1,
      "transposed convolution: input \(x.shape), weight \(weight.shape) and \(geometry) leave "
        + "\(size(1)) x \(size(2)) pixels")
    let plan = ConvolutionPlan(
      input: [x.shape[0], size(1), size(2), weight.shape[2]], weight: weight.shape,
      geometry: geometry, precise: precise)
    let lanes = self.lanes
    let y = plan.inputGradient(x.value, weight: weight.value, lanes: lanes)
    let kernel = x.needsGradient ? weight.value : nil
    let input = weight.needsGradient ? x.value : nil
    return record(y, from: [x, weight]) { gradient in
      [
        kernel.map { plan.forward(gradient, weight: $0, lanes: lanes) },
        input.map { plan.weightGradient(gradient, $0, lanes: lanes) },
      ]
    }
  }
}

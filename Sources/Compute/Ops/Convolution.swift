extension Tape {
  /// Two-dimensional convolution (cross-correlation) without bias.
  ///
  ///     y[n, i, j, k] = sum_{r, s, c} x[n, i*stride + r - padding, j*stride + s - padding, c]
  ///                                   w[r, s, c, k]
  ///
  /// 3x3 windows with stride 1 and padding 1 use Winograd's F(4x4, 3x3) where channels are
  /// multiples of 16 and the map has more than four pixels (relative error about 3e-6);
  /// everything else, and everything when `precise`, is summed directly (below 1e-6).
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`, N at least 1.
  ///   - weight: `[R, S, C, K]`, at most 128 taps.
  ///   - geometry: stride and padding.
  ///   - precise: direct sums only, for gradient checks and comparisons of single values.
  /// - Returns: `[N, OH, OW, K]` with `OH = (H + 2 padding - R) / stride + 1`, OW likewise.
  /// - Source: Lavin & Gray 2015 (Winograd).
  package func convolution(
    _ x: Variable, weight: Variable, _ geometry: ConvolutionGeometry, precise: Bool = false
  ) -> Variable {
    let plan = ConvolutionPlan(
      input: x.shape, weight: weight.shape, geometry: geometry, precise: precise)
    let lanes = self.lanes
    let y = plan.forward(x.value, weight: weight.value, lanes: lanes)
    // Each gradient keeps only what it needs: the first layer's input wants none.
    let kernel = x.needsGradient ? weight.value : nil
    let input = weight.needsGradient ? x.value : nil
    return record(y, from: [x, weight]) { gradient in
      [
        kernel.map { plan.inputGradient(gradient, weight: $0, lanes: lanes) },
        input.map { plan.weightGradient($0, gradient, lanes: lanes) },
      ]
    }
  }
}

/// How a convolution's window moves: the same step and zero border in both directions.
package struct ConvolutionGeometry: Hashable, Sendable {
  /// Pixels between neighbouring windows, at least 1.
  package let stride: Int
  /// Rows and columns of zeros around the image, at least 0.
  package let padding: Int

  /// The given step and border.
  ///
  /// - Precondition: `stride >= 1` and `padding >= 0`.
  package init(stride: Int, padding: Int) {
    precondition(
      stride >= 1 && padding >= 0, "convolution: stride \(stride), padding \(padding)")
    self.stride = stride
    self.padding = padding
  }
}

import Compute

/// What CLIP's towers see of pixels.
enum CLIPPixels {
  private static let mean: [Float] = [0.481_454_66, 0.457_827_5, 0.408_210_73]
  private static let deviation: [Float] = [0.268_629_54, 0.261_302_58, 0.275_777_11]

  /// `(x / 255 - mean) / deviation` of `[N, H, W, 3]`.
  static func normalised(_ images: ByteTensor) -> Tensor {
    let scale = deviation.map { 1 / (255 * $0) }
    let shift = zip(mean, deviation).map { -$0 / $1 }
    return Tensor(images.shape) { y in
      images.withUnsafeBytes { x in
        for i in 0..<images.count { y[i] = Float(x[i]) * scale[i % 3] + shift[i % 3] }
      }
    }
  }
}

import Foundation

/// Resizing by a kernel, along rows and then along columns.
///
///     y[i] = sum_j w[i, j] x[j],   w[i, j] ~ k((j + 1/2 - c_i) / s),   c_i = (i + 1/2) n / m
///
/// from n to m places, centres at halves. With antialiasing s = max(1, n / m), and weights outside
/// are dropped and the rest divided by their sum; without s = 1, and what lies outside takes the
/// value of the edge.
///
/// - Source: Keys 1981 (cubic kernels); the two conventions are those of Pillow and of PyTorch.
package struct Resampling: Sendable {
  package enum Kernel: Sendable {
    /// Half-width 1.
    case linear
    /// Half-width 2, with the slope `a` at 1.
    case cubic(a: Double)
  }

  package let kernel: Kernel
  package let antialiases: Bool

  package init(_ kernel: Kernel, antialiases: Bool) {
    self.kernel = kernel
    self.antialiases = antialiases
  }

  /// Bicubic as pictures are resized: a = -1/2.
  package static let pictures = Resampling(.cubic(a: -0.5), antialiases: true)
  /// Bilinear as pictures are resized.
  package static let squashedPictures = Resampling(.linear, antialiases: true)
  /// Bicubic as tables of positions are resized: a = -3/4.
  package static let positions = Resampling(.cubic(a: -0.75), antialiases: false)
  /// Bilinear as heat maps are resized.
  package static let maps = Resampling(.linear, antialiases: false)

  private var halfWidth: Double {
    switch kernel {
    case .linear: 1
    case .cubic: 2
    }
  }

  private func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch kernel {
    case .linear:
      return max(0, 1 - x)
    case .cubic(let a):
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
    }
  }

  /// For each target place the source places that it reads, and their weights.
  private func taps(from source: Int, to target: Int) -> [[(place: Int, weight: Double)]] {
    let ratio = Double(source) / Double(target)
    let scale = antialiases ? max(1, ratio) : 1
    return (0..<target).map { i in
      let centre = (Double(i) + 0.5) * ratio
      let reach = halfWidth * scale
      let first = Int((centre - reach - 0.5).rounded(.down))
      let last = Int((centre + reach - 0.5).rounded(.up))
      var taps = (first...last).map {
        (place: $0, weight: weight((Double($0) + 0.5 - centre) / scale))
      }
      if antialiases {
        taps.removeAll { $0.place < 0 || $0.place >= source }
        let sum = taps.reduce(0) { $0 + $1.weight }
        taps = taps.map { ($0.place, $0.weight / sum) }
      }
      return taps.filter { $0.weight != 0 }
        .map { (min(max($0.place, 0), source - 1), $0.weight) }
    }
  }

  /// Resizes `[H, W, C]`.
  ///
  /// - Parameters:
  ///   - image: with at least one row and column.
  ///   - rows: H of the result, at least 1.
  ///   - columns: W of the result, at least 1.
  /// - Returns: `[rows, columns, C]`.
  package func resized(_ image: Tensor, rows: Int, columns: Int) -> Tensor {
    resized(image, rows: rows, columns: columns) { $0 }
  }

  /// Resizes 8-bit pixels `[H, W, C]`, rounded after each axis as Pillow does.
  package func resized(_ image: ByteTensor, rows: Int, columns: Int) -> ByteTensor {
    let floats = Tensor(image.shape) { target in
      image.withUnsafeBytes { source in
        for i in 0..<image.count { target[i] = Float(source[i]) }
      }
    }
    let result = resized(floats, rows: rows, columns: columns) {
      min(255, max(0, ($0 + 0.5).rounded(.down)))
    }
    return ByteTensor(result.shape) { target in
      result.withUnsafeFloats { source in
        for i in 0..<result.count { target[i] = UInt8(source[i]) }
      }
    }
  }

  private func resized(
    _ image: Tensor, rows: Int, columns: Int, finish: (Float) -> Float
  ) -> Tensor {
    precondition(
      image.shape.rank == 3 && image.count > 0 && rows >= 1 && columns >= 1,
      "resize: \(image.shape) to \(rows) x \(columns)")
    let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
    func pass(
      _ source: Tensor, _ shape: Shape, outer: Int, from: Int, to: Int, inner: Int
    ) -> Tensor {
      if from == to { return source }
      let taps = taps(from: from, to: to)
      return Tensor(shape) { y in
        source.withUnsafeFloats { x in
          for o in 0..<outer {
            for (i, line) in taps.enumerated() {
              for c in 0..<inner {
                let sum = line.reduce(0.0) {
                  $0 + $1.weight * Double(x[(o * from + $1.place) * inner + c])
                }
                y[(o * to + i) * inner + c] = finish(Float(sum))
              }
            }
          }
        }
      }
    }
    let wide = pass(
      image, [height, columns, channels], outer: height, from: width, to: columns, inner: channels)
    return pass(
      wide, [rows, columns, channels], outer: 1, from: height, to: rows, inner: columns * channels)
  }
}

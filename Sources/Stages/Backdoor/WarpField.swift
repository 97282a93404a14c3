import Compute

/// The smooth warp behind the trigger family `wanet`.
///
/// Source: WaNet (Nguyen & Tran 2021); sampling as in the TITIM scripts (aligned corners, zero
/// padding).
struct WarpField {
  /// Where each pixel is read, `[H, W]`, in pixels.
  private let columns: [Double]
  private let rows: [Double]

  /// A k x k x 2 grid of uniform numbers in -1...1 over their mean absolute value, enlarged to
  /// `[2, H, W]` by bicubic interpolation (a = -0.75, aligned corners).
  ///
  /// Draws channel, row, column.
  static func flow(controlPoints k: Int, _ random: inout SplitMix64) -> Tensor {
    var grid = (0..<(2 * k * k)).map { _ in 2 * random.unit() - 1 }
    let mean = grid.reduce(0) { $0 + abs($1) } / Double(grid.count)
    for index in grid.indices { grid[index] /= mean }
    let side = ImageGeometry.side
    let weights = (0..<side).map { cubicWeights(at: $0, controlPoints: k) }
    return Tensor([2, side, side]) { target in
      for channel in 0..<2 {
        for row in 0..<side {
          for column in 0..<side {
            var sum = 0.0
            for (i, rowWeight) in weights[row] {
              for (j, columnWeight) in weights[column] {
                sum += rowWeight * columnWeight * grid[(channel * k + i) * k + j]
              }
            }
            target[(channel * side + row) * side + column] = Float(sum)
          }
        }
      }
    }
  }

  /// The four control points around an output position, repeated at the border, with weights.
  private static func cubicWeights(
    at position: Int, controlPoints k: Int
  ) -> [(index: Int, weight: Double)] {
    let source = Double(position * (k - 1)) / Double(ImageGeometry.side - 1)
    let base = min(Int(source), k - 1)
    let t = source - Double(base)
    let a = -0.75
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    let weights = [far(t + 1), near(t), near(1 - t), far(2 - t)]
    return weights.enumerated().map { offset, weight in
      (max(0, min(k - 1, base + offset - 1)), weight)
    }
  }

  /// The field at a strength: `clip((identity + s flow / H) rescale, -1, 1)`, flow channel 0
  /// along columns and 1 along rows.
  init(flow: Tensor, strength: Double, rescale: Double) {
    let side = ImageGeometry.side
    let values = flow.values
    func coordinate(_ index: Int, _ displacement: Float) -> Double {
      let identity = 2 * Double(index) / Double(side - 1) - 1
      let moved = (identity + strength * Double(displacement) / Double(side)) * rescale
      return (max(-1, min(1, moved)) + 1) / 2 * Double(side - 1)
    }
    columns = (0..<(side * side)).map { coordinate($0 % side, values[$0]) }
    rows = (0..<(side * side)).map { coordinate($0 / side, values[side * side + $0]) }
  }

  /// Warps an image `[3, 32, 32]` in place by bilinear sampling.
  func apply(to image: UnsafeMutablePointer<UInt8>) {
    let side = ImageGeometry.side
    for channel in 0..<ImageGeometry.channels {
      let plane = image + channel * side * side
      let source = (0..<(side * side)).map { Double(plane[$0]) }
      for place in 0..<(side * side) {
        let (y, x) = (rows[place], columns[place])
        let (top, left) = (Int(y), Int(x))
        // The clip keeps positions inside; at the last row or column the far weight is 0.
        let (bottom, right) = (min(top + 1, side - 1), min(left + 1, side - 1))
        let (dy, dx) = (y - Double(top), x - Double(left))
        let upper = source[top * side + left] * (1 - dx) + source[top * side + right] * dx
        let lower = source[bottom * side + left] * (1 - dx) + source[bottom * side + right] * dx
        plane[place] = UInt8(upper * (1 - dy) + lower * dy + 0.5)
      }
    }
  }
}

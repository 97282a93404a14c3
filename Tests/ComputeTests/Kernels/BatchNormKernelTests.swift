import CKernels
import Testing

/// The batch norm kernels against loops in float64.
struct BatchNormKernelTests {
  /// Rows on both sides of a block of 64; channels in groups of 16, 8 and 1.
  static let sizes = [(1, 1), (63, 3), (64, 16), (65, 8), (200, 27), (130, 48)]

  struct Data {
    let rows: Int
    let channels: Int
    let x, y, dy, scale, shift, mean: [Float]

    init(rows: Int, channels: Int) {
      (self.rows, self.channels) = (rows, channels)
      x = Reference.values(rows * channels, seed: 1)
      y = Reference.values(rows * channels, seed: 2)
      dy = Reference.values(rows * channels, seed: 3)
      scale = Reference.values(channels, seed: 4)
      shift = Reference.values(channels, seed: 5)
      mean = Reference.values(channels, seed: 6)
    }

    /// The masked gradient of element `i`.
    func masked(_ i: Int, relu: Bool, recomputed: Bool) -> Double {
      let c = i % channels
      let output = recomputed ? x[i] * scale[c] + shift[c] : y[i]
      return !relu || output > 0 ? Double(dy[i]) : 0
    }
  }

  @Test(arguments: sizes, KernelVariant.allCases)
  func momentsMatchTheLoop(size: (Int, Int), variant: KernelVariant) {
    let data = Data(rows: size.0, channels: size.1)
    var sum = [Double](repeating: .nan, count: data.channels)
    var squares = sum
    variant.pick(ck_channel_moments, ck_channel_moments_baseline)(
      &sum, &squares, data.x, data.mean, Int64(data.rows), Int64(data.channels))
    var (expected, expectedSquares) = (sum.map { _ in 0.0 }, sum.map { _ in 0.0 })
    for i in data.x.indices {
      let difference = Double(data.x[i]) - Double(data.mean[i % data.channels])
      expected[i % data.channels] += difference
      expectedSquares[i % data.channels] += difference * difference
    }
    #expect(Reference.relativeError(sum.map { Float($0) }, expected) < Reference.sumTolerance)
    #expect(
      Reference.relativeError(squares.map { Float($0) }, expectedSquares) < Reference.sumTolerance)
  }

  @Test(arguments: sizes, KernelVariant.allCases)
  func scaleShiftMatchesTheLoop(size: (Int, Int), variant: KernelVariant) {
    let data = Data(rows: size.0, channels: size.1)
    for (relu, hasResidual) in [(false, false), (true, false), (true, true), (false, true)] {
      let expected = data.x.indices.map { i in
        let c = i % data.channels
        let value = Double(data.x[i]) * Double(data.scale[c]) + Double(data.shift[c])
        let sum = hasResidual ? value + Double(data.y[i]) : value
        return relu ? max(0, sum) : sum
      }
      var y = [Float](repeating: .nan, count: data.x.count)
      let kernel = variant.pick(ck_scale_shift, ck_scale_shift_baseline)
      data.y.withUnsafeBufferPointer { residual in
        kernel(
          &y, data.x, data.scale, data.shift, hasResidual ? residual.baseAddress : nil,
          Int64(data.rows), Int64(data.channels), relu)
      }
      #expect(Reference.relativeError(y, expected) < Reference.sumTolerance)
    }
  }

  @Test(arguments: sizes, KernelVariant.allCases)
  func backwardMatchesTheLoop(size: (Int, Int), variant: KernelVariant) {
    let data = Data(rows: size.0, channels: size.1)
    let (rows, channels) = (Int64(data.rows), Int64(data.channels))
    for (relu, recomputed) in [(true, true), (true, false), (false, true)] {
      let masked = data.dy.indices.map { data.masked($0, relu: relu, recomputed: recomputed) }
      var sums = [[Double]](repeating: [Double](repeating: 0, count: data.channels), count: 2)
      var expected = masked
      for (i, g) in masked.enumerated() {
        let c = i % data.channels
        let difference = Double(data.x[i]) - Double(data.mean[c])
        sums[0][c] += g
        sums[1][c] += g * difference
        expected[i] =
          Double(data.scale[c]) * g + Double(data.shift[c]) * difference + Double(data.mean[c])
      }
      var (first, second) = (sums[0].map { _ in Double.nan }, sums[1].map { _ in Double.nan })
      var dx = [Float](repeating: .nan, count: data.x.count)
      var dResidual = dx
      data.y.withUnsafeBufferPointer { y in
        let output = recomputed ? nil : y.baseAddress
        variant.pick(ck_batchnorm_backward_sums, ck_batchnorm_backward_sums_baseline)(
          &first, &second, data.dy, data.x, output, data.scale, data.shift, data.mean, rows,
          channels, relu)
        variant.pick(ck_batchnorm_backward, ck_batchnorm_backward_baseline)(
          &dx, &dResidual, data.dy, data.x, output, data.scale, data.shift, data.mean, data.scale,
          data.shift, data.mean, rows, channels, relu)
      }
      #expect(Reference.relativeError(first.map { Float($0) }, sums[0]) < Reference.sumTolerance)
      #expect(Reference.relativeError(second.map { Float($0) }, sums[1]) < Reference.sumTolerance)
      #expect(Reference.relativeError(dx, expected) < Reference.sumTolerance)
      #expect(dResidual == masked.map { Float($0) })
    }
  }

  /// The ReLU keeps what is no number in every group width.
  @Test(arguments: KernelVariant.allCases) func reluPassesNaN(variant: KernelVariant) {
    let channels = 16 + 8 + 1
    let ones = [Float](repeating: 1, count: channels)
    var y = ones
    variant.pick(ck_scale_shift, ck_scale_shift_baseline)(
      &y, [Float](repeating: .nan, count: channels), ones, ones, nil, 1, Int64(channels), true)
    #expect(y.allSatisfy { $0.isNaN })
  }
}

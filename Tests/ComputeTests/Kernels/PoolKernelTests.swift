import CKernels
import Testing

/// The pooling kernels against loops.
struct PoolKernelTests {
  static let sizes = [(1, 1, 1, 1), (2, 5, 7, 3), (1, 16, 16, 16), (3, 4, 2, 33)]

  @Test(arguments: sizes, KernelVariant.allCases)
  func maxPoolTakesTheFirstMaximum(size: (Int, Int, Int, Int), variant: KernelVariant) {
    let (images, height, width, channels) = size
    let (outHeight, outWidth) = ((height - 1) / 2 + 1, (width - 1) / 2 + 1)
    // Few levels, so that ties are common.
    let x = Reference.values(images * height * width * channels, seed: 1).map { ($0 * 4).rounded() }
    let outputs = images * outHeight * outWidth * channels
    let dy = Reference.values(outputs, seed: 2)
    var expected = [Float](repeating: -.infinity, count: outputs)
    var winner = [Int](repeating: 0, count: outputs)
    for out in 0..<outputs {
      let (c, j) = (out % channels, out / channels % outWidth)
      let (i, n) = (out / channels / outWidth % outHeight, out / channels / outWidth / outHeight)
      for tap in 0..<9 {
        let (row, column) = (2 * i - 1 + tap / 3, 2 * j - 1 + tap % 3)
        guard 0..<height ~= row, 0..<width ~= column else { continue }
        let at = ((n * height + row) * width + column) * channels + c
        if x[at] > expected[out] { (expected[out], winner[out]) = (x[at], at) }
      }
    }
    var expectedGradient = [Double](repeating: 0, count: x.count)
    for out in 0..<outputs { expectedGradient[winner[out]] += Double(dy[out]) }

    let (n, h, w, c) = (Int64(images), Int64(height), Int64(width), Int64(channels))
    var y = [Float](repeating: .nan, count: outputs)
    var argmax = [UInt8](repeating: 255, count: outputs)
    var dx = [Float](repeating: .nan, count: x.count)
    variant.pick(ck_max_pool, ck_max_pool_baseline)(&y, &argmax, x, n, h, w, c)
    variant.pick(ck_max_pool_grad, ck_max_pool_grad_baseline)(&dx, dy, argmax, n, h, w, c)
    #expect(y == expected)
    #expect(Reference.relativeError(dx, expectedGradient) < Reference.sumTolerance)
  }

  @Test(arguments: [(1, 1, 1), (3, 4, 17), (2, 64, 128)], KernelVariant.allCases)
  func meanPoolAveragesPixels(size: (Int, Int, Int), variant: KernelVariant) {
    let (images, pixels, channels) = size
    let x = Reference.values(images * pixels * channels, seed: 3)
    var expected = [Double](repeating: 0, count: images * channels)
    for i in x.indices {
      expected[i / (pixels * channels) * channels + i % channels] += Double(x[i]) / Double(pixels)
    }
    var y = [Float](repeating: .nan, count: images * channels)
    var dx = [Float](repeating: .nan, count: x.count)
    let (n, p, c) = (Int64(images), Int64(pixels), Int64(channels))
    variant.pick(ck_mean_pool, ck_mean_pool_baseline)(&y, x, n, p, c)
    variant.pick(ck_mean_pool_grad, ck_mean_pool_grad_baseline)(&dx, y, n, p, c)
    #expect(Reference.relativeError(y, expected) < Reference.sumTolerance)
    for i in dx.indices {
      let source = y[i / (pixels * channels) * channels + i % channels]
      #expect(abs(dx[i] * Float(pixels) - source) <= 1e-6 * abs(source))
    }
  }
}

import CKernels
import Testing

struct DepthwiseKernelTests {
  typealias Case = ConvolutionKernelTests.Case

  /// The three passes as one walk over all products.
  private static func loops(
    _ test: Case, x: [Float], w: [Float], dy: [Float]
  ) -> (y: [Double], dx: [Double], dw: [Double]) {
    let (s, c) = (test.shape, test.channels)
    var y = dy.map { _ in 0.0 }
    var (dx, dw) = (x.map { _ in 0.0 }, w.map { _ in 0.0 })
    for n in 0..<test.images {
      for i in 0..<Int(s.outHeight) {
        for j in 0..<Int(s.outWidth) {
          for tap in 0..<test.kernel.0 * test.kernel.1 {
            let row = i * test.stride + tap / test.kernel.1 - test.padding
            let column = j * test.stride + tap % test.kernel.1 - test.padding
            guard 0..<test.height ~= row, 0..<test.width ~= column else { continue }
            for channel in 0..<c {
              let input = ((n * test.height + row) * test.width + column) * c + channel
              let output = ((n * Int(s.outHeight) + i) * Int(s.outWidth) + j) * c + channel
              y[output] += Double(x[input]) * Double(w[tap * c + channel])
              dx[input] += Double(dy[output]) * Double(w[tap * c + channel])
              dw[tap * c + channel] += Double(dy[output]) * Double(x[input])
            }
          }
        }
      }
    }
    return (y, dx, dw)
  }

  @Test(
    arguments: RandomShapes.convolutions(40, seed: 7) { $0.outChannels = $0.channels },
    KernelVariant.allCases)
  func matchesTheLoops(test: Case, variant: KernelVariant) {
    var shape = test.shape
    let outputs = test.images * Int(shape.outHeight * shape.outWidth) * test.channels
    let x = Reference.values(test.images * test.height * test.width * test.channels, seed: 1)
    let w = Reference.values(test.kernel.0 * test.kernel.1 * test.channels, seed: 2)
    let dy = Reference.values(outputs, seed: 3)
    let expected = Self.loops(test, x: x, w: w, dy: dy)
    var y = [Float](repeating: .nan, count: outputs)
    var (dx, dw) = (x.map { _ in Float.nan }, w.map { _ in Float.nan })
    let images = Int64(test.images)
    variant.pick(ck_depthwise_forward, ck_depthwise_forward_baseline)(&y, x, w, images, &shape)
    variant.pick(ck_depthwise_data_grad, ck_depthwise_data_grad_baseline)(
      &dx, dy, w, images, &shape)
    variant.pick(ck_depthwise_weight_grad, ck_depthwise_weight_grad_baseline)(
      &dw, x, dy, images, &shape)
    #expect(Reference.relativeError(y, expected.y) < Reference.sumTolerance)
    #expect(Reference.relativeError(dx, expected.dx) < Reference.sumTolerance)
    #expect(Reference.relativeError(dw, expected.dw) < Reference.sumTolerance)
  }

  @Test(arguments: KernelVariant.allCases) func noImagesLeaveAZeroGradient(variant: KernelVariant) {
    var shape = Case(images: 0, height: 3, width: 3, channels: 5, outChannels: 5).shape
    var dw = [Float](repeating: .nan, count: 45)
    variant.pick(ck_depthwise_weight_grad, ck_depthwise_weight_grad_baseline)(
      &dw, [0], [0], 0, &shape)
    #expect(dw.allSatisfy { $0 == 0 })
  }
}

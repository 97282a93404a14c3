import CKernels
import Testing

/// The direct and Winograd convolutions, all passes, against the seven nested loops.
struct ConvolutionKernelTests {
  struct Case: CustomTestStringConvertible {
    var images: Int
    var height: Int
    var width: Int
    var channels: Int
    var outChannels: Int
    var kernel = (3, 3)
    var stride = 1
    var padding = 1
    var testDescription: String {
      "\(images)x\(height)x\(width)x\(channels)->\(outChannels) \(kernel) /\(stride) +\(padding)"
    }

    var shape: ck_conv_shape {
      ck_conv_shape(
        height: Int64(height), width: Int64(width), channels: Int64(channels),
        outHeight: Int64((height + 2 * padding - kernel.0) / stride + 1),
        outWidth: Int64((width + 2 * padding - kernel.1) / stride + 1),
        outChannels: Int64(outChannels), kernelHeight: Int64(kernel.0),
        kernelWidth: Int64(kernel.1), stride: Int64(stride), padding: Int64(padding))
    }
  }

  /// Results of the three passes, or what they should be.
  struct Passes<Number> {
    var output: [Number]
    var inputGradient: [Number]
    var weightGradient: [Number]
  }

  /// Both ways of filling a tile (pixels, images), every kind of layer of a ResNet, odd sizes.
  static let direct = [
    Case(images: 2, height: 8, width: 8, channels: 16, outChannels: 32),
    Case(images: 1, height: 7, width: 5, channels: 3, outChannels: 5),
    Case(
      images: 3, height: 9, width: 11, channels: 3, outChannels: 16, kernel: (7, 7), stride: 2,
      padding: 3),
    Case(images: 2, height: 9, width: 8, channels: 17, outChannels: 19, stride: 2),
    Case(
      images: 5, height: 6, width: 6, channels: 8, outChannels: 8, kernel: (1, 1), stride: 2,
      padding: 0),
    Case(images: 13, height: 2, width: 2, channels: 32, outChannels: 16),
    Case(images: 9, height: 4, width: 4, channels: 13, outChannels: 24, stride: 2),
    Case(images: 7, height: 1, width: 1, channels: 7, outChannels: 9),
    Case(images: 3, height: 2, width: 2, channels: 5, outChannels: 6),
    Case(
      images: 4, height: 10, width: 7, channels: 4, outChannels: 3, kernel: (2, 4), stride: 3,
      padding: 2),
    Case(images: 2, height: 12, width: 12, channels: 1, outChannels: 1, kernel: (5, 5), padding: 0),
  ]

  static let winograd = [
    Case(images: 2, height: 8, width: 8, channels: 16, outChannels: 32),
    Case(images: 1, height: 7, width: 5, channels: 48, outChannels: 16),
    Case(images: 3, height: 1, width: 2, channels: 16, outChannels: 16),
    Case(images: 110, height: 4, width: 4, channels: 32, outChannels: 16),
    Case(images: 7, height: 13, width: 16, channels: 16, outChannels: 16),
  ]

  static func inputs(_ test: Case) -> (x: [Float], w: [Float], dy: [Float]) {
    let shape = test.shape
    let outputs = test.images * Int(shape.outHeight * shape.outWidth) * test.outChannels
    let weights = test.kernel.0 * test.kernel.1 * test.channels * test.outChannels
    return (
      Reference.values(test.images * test.height * test.width * test.channels, seed: 1),
      Reference.values(weights, seed: 2), Reference.values(outputs, seed: 3)
    )
  }

  static func loops(_ test: Case) -> Passes<Double> {
    let (x, w, dy) = inputs(test)
    let (outHeight, outWidth) = (Int(test.shape.outHeight), Int(test.shape.outWidth))
    var result = Passes(
      output: [Double](repeating: 0, count: dy.count),
      inputGradient: [Double](repeating: 0, count: x.count),
      weightGradient: [Double](repeating: 0, count: w.count))
    let (channels, outChannels) = (test.channels, test.outChannels)
    for pixel in 0..<test.images * outHeight * outWidth {
      let (n, i, j) = (
        pixel / (outHeight * outWidth), pixel / outWidth % outHeight, pixel % outWidth
      )
      for tap in 0..<test.kernel.0 * test.kernel.1 {
        let row = i * test.stride + tap / test.kernel.1 - test.padding
        let column = j * test.stride + tap % test.kernel.1 - test.padding
        guard 0..<test.height ~= row, 0..<test.width ~= column else { continue }
        for c in 0..<channels {
          let at = ((n * test.height + row) * test.width + column) * channels + c
          for k in 0..<outChannels {
            let (weight, out) = ((tap * channels + c) * outChannels + k, pixel * outChannels + k)
            result.output[out] += Double(x[at]) * Double(w[weight])
            result.inputGradient[at] += Double(dy[out]) * Double(w[weight])
            result.weightGradient[weight] += Double(x[at]) * Double(dy[out])
          }
        }
      }
    }
    return result
  }

  /// Buffers full of NaN, so that an element nobody writes is noticed.
  static func unwritten(_ count: Int) -> [Float] { [Float](repeating: .nan, count: count) }

  static func runDirect(_ test: Case, _ variant: KernelVariant) -> Passes<Float> {
    let (x, w, dy) = inputs(test)
    var shape = test.shape
    let images = Int64(test.images)
    var packed = unwritten(Int(ck_conv_packed_count(&shape)))
    var scratch = unwritten(Int(ck_conv_scratch_count(&shape, images)))
    var result = Passes(
      output: unwritten(dy.count), inputGradient: unwritten(x.count),
      weightGradient: unwritten(w.count))
    variant.pick(ck_conv_pack_forward, ck_conv_pack_forward_baseline)(
      &packed, w, &shape, 0, (shape.outChannels + 15) / 16)
    variant.pick(ck_conv_forward, ck_conv_forward_baseline)(
      &result.output, x, packed, &scratch, images, &shape)
    variant.pick(ck_conv_pack_data_grad, ck_conv_pack_data_grad_baseline)(
      &packed, w, &shape, 0, (shape.channels + 15) / 16)
    variant.pick(ck_conv_data_grad, ck_conv_data_grad_baseline)(
      &result.inputGradient, dy, packed, &scratch, images, &shape)
    variant.pick(ck_conv_weight_grad, ck_conv_weight_grad_baseline)(
      &result.weightGradient, x, dy, &scratch, images, &shape)
    return result
  }

  static func runWinograd(_ test: Case, _ variant: KernelVariant) -> Passes<Float> {
    let (x, w, dy) = inputs(test)
    let (n, height, width) = (Int64(test.images), Int64(test.height), Int64(test.width))
    let (c, k) = (Int64(test.channels), Int64(test.outChannels))
    var u = unwritten(Int(ck_winograd_weights_count(c, k)))
    var turned = unwritten(Int(ck_winograd_weights_count(k, c)))
    var scratch = unwritten(Int(ck_winograd_scratch_count(n, height, width, c, k)))
    var result = Passes(
      output: unwritten(dy.count), inputGradient: unwritten(x.count),
      weightGradient: unwritten(w.count))
    let convolve = variant.pick(ck_winograd_conv, ck_winograd_conv_baseline)
    let transform = variant.pick(ck_winograd_weights, ck_winograd_weights_baseline)
    transform(&u, w, c, k, 0, k / 16, false)
    convolve(&result.output, x, u, &scratch, n, height, width, c, k)
    transform(&turned, w, c, k, 0, c / 16, true)
    convolve(&result.inputGradient, dy, turned, &scratch, n, height, width, k, c)
    variant.pick(ck_winograd_weight_grad, ck_winograd_weight_grad_baseline)(
      &result.weightGradient, x, dy, &scratch, n, height, width, c, k)
    return result
  }

  private func expect(_ result: Passes<Float>, _ expected: Passes<Double>, within tolerance: Double)
  {
    #expect(Reference.relativeError(result.output, expected.output) < tolerance)
    #expect(Reference.relativeError(result.inputGradient, expected.inputGradient) < tolerance)
    #expect(Reference.relativeError(result.weightGradient, expected.weightGradient) < tolerance)
  }

  @Test(arguments: direct, KernelVariant.allCases)
  func directMatchesTheLoops(test: Case, variant: KernelVariant) {
    expect(Self.runDirect(test, variant), Self.loops(test), within: Reference.sumTolerance)
  }

  @Test(arguments: winograd, KernelVariant.allCases)
  func winogradMatchesTheLoops(test: Case, variant: KernelVariant) {
    expect(Self.runWinograd(test, variant), Self.loops(test), within: Reference.winogradTolerance)
  }

  @Test(arguments: RandomShapes.convolutions(60, seed: 5), KernelVariant.allCases)
  func directMatchesTheLoopsAtAnyShape(test: Case, variant: KernelVariant) {
    expect(Self.runDirect(test, variant), Self.loops(test), within: Reference.sumTolerance)
  }

  @Test(
    arguments: RandomShapes.convolutions(20, seed: 6) {
      $0.channels = ($0.channels + 15) / 16 * 16
      $0.outChannels = ($0.outChannels + 15) / 16 * 16
      ($0.kernel, $0.stride, $0.padding) = ((3, 3), 1, 1)
    }, KernelVariant.allCases)
  func winogradMatchesTheLoopsAtAnyShape(test: Case, variant: KernelVariant) {
    expect(Self.runWinograd(test, variant), Self.loops(test), within: Reference.winogradTolerance)
  }

  /// The weight gradient by blocks: full and partial ones, images in two parts, in two passes.
  @Test(
    arguments: [
      Case(images: 5, height: 5, width: 9, channels: 80, outChannels: 64),
      Case(images: 4, height: 4, width: 4, channels: 16, outChannels: 144),
    ], KernelVariant.allCases)
  func blocksOfTheWeightGradientMatchTheLoops(test: Case, variant: KernelVariant) {
    let (x, _, dy) = Self.inputs(test)
    var dw = Self.unwritten(9 * test.channels * test.outChannels)
    let pixels = test.height * test.width
    for (first, count) in [(0, 3), (3, test.images - 3)] {
      var batch = ck_winograd_batch(
        images: Int64(count), height: Int64(test.height), width: Int64(test.width),
        channels: Int64(test.channels), outChannels: Int64(test.outChannels))
      var v = Self.unwritten(Int(ck_winograd_spread_count(&batch, batch.channels)))
      var dm = Self.unwritten(Int(ck_winograd_spread_count(&batch, batch.outChannels)))
      var scratch = Self.unwritten(Int(ck_winograd_block_scratch_count()))
      let spread = variant.pick(ck_winograd_spread, ck_winograd_spread_baseline)
      let block = variant.pick(
        ck_winograd_weight_grad_block, ck_winograd_weight_grad_block_baseline)
      for part in [0..<Int64(count / 2), Int64(count / 2)..<Int64(count)] {
        spread(
          &v, Array(x[(first * pixels * test.channels)...]), &scratch, &batch, false,
          part.lowerBound, part.upperBound)
        spread(
          &dm, Array(dy[(first * pixels * test.outChannels)...]), &scratch, &batch, true,
          part.lowerBound, part.upperBound)
      }
      for index in 0..<ck_winograd_block_count(&batch) {
        block(&dw, v, dm, &scratch, &batch, index, first > 0)
      }
    }
    #expect(
      Reference.relativeError(dw, Self.loops(test).weightGradient) < Reference.winogradTolerance)
  }

  /// Images as rows of a tile (4 and more at small maps) and pixels as rows (fewer) sum alike.
  @Test func cuttingTheBatchKeepsTheBits() {
    let whole = Case(images: 8, height: 4, width: 4, channels: 9, outChannels: 18)
    let (x, w, _) = Self.inputs(whole)
    var shape = whole.shape
    var packed = Self.unwritten(Int(ck_conv_packed_count(&shape)))
    var scratch = Self.unwritten(Int(ck_conv_scratch_count(&shape, 8)))
    ck_conv_pack_forward(&packed, w, &shape, 0, 2)
    var together = Self.unwritten(8 * 16 * 18)
    ck_conv_forward(&together, x, packed, &scratch, 8, &shape)
    for first in [0, 3, 6] {
      let count = min(3, 8 - first)
      var part = Self.unwritten(count * 16 * 18)
      ck_conv_forward(
        &part, Array(x[(first * 16 * 9)...]), packed, &scratch, Int64(count), &shape)
      #expect(part == Array(together[first * 16 * 18..<(first + count) * 16 * 18]))
    }
  }
}

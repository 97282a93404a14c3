internal import CKernels

/// One convolution's sizes, its method and how its batch is cut; runs the three passes.
struct ConvolutionPlan {
  private let images: Int
  let shape: ck_conv_shape
  private let usesWinograd: Bool
  private let inputShape: Shape
  private let weightShape: Shape
  let outputShape: Shape

  /// Checks the shapes and chooses the method.
  init(input: Shape, weight: Shape, geometry: ConvolutionGeometry, precise: Bool) {
    precondition(
      input.rank == 4 && weight.rank == 4 && input[3] == weight[2] && input[0] >= 1
        && weight[0] * weight[1] <= 128,
      "convolution: input \(input) and weight \(weight), expected [N, H, W, C] and [R, S, C, K]")
    let (stride, padding) = (geometry.stride, geometry.padding)
    let (height, width) = (input[1], input[2])
    let (rows, columns) = (height + 2 * padding - weight[0], width + 2 * padding - weight[1])
    precondition(
      rows >= 0 && columns >= 0,
      "convolution: window \(weight) does not fit into input \(input) with padding \(padding)")
    images = input[0]
    inputShape = input
    weightShape = weight
    outputShape = [images, rows / stride + 1, columns / stride + 1, weight[3]]
    shape = ck_conv_shape(
      height: Int64(height), width: Int64(width), channels: Int64(input[3]),
      outHeight: Int64(outputShape[1]), outWidth: Int64(outputShape[2]),
      outChannels: Int64(weight[3]), kernelHeight: Int64(weight[0]),
      kernelWidth: Int64(weight[1]), stride: Int64(stride), padding: Int64(padding))
    // From 16 channels on Winograd wins (242 GFLOP/s of direct equivalent against 108 at 16
    // channels, one core); the kernels take multiples of 16. A 2x2 map fills a quarter of a tile:
    // leaving out the taps beside the image costs less than transforming (docs/performance.md).
    usesWinograd =
      !precise && weight[0] == 3 && weight[1] == 3 && stride == 1 && padding == 1
      && input[3] % 16 == 0 && weight[3] % 16 == 0 && height * width > 4
  }

  private var inputFloats: Int { inputShape.count / images }
  private var outputFloats: Int { outputShape.count / images }
  /// Multiply-adds of one pass.
  private var work: Int { outputShape.count * weightShape.count / weightShape[3] }

  /// Images in a chunk: a quarter of the batch, but at least 64 tiles for Winograd's products and
  /// 16 images for small maps.
  private var chunkImages: Int {
    let tiles = (inputShape[1] + 3) / 4 * ((inputShape[2] + 3) / 4)
    let pixels = outputShape[1] * outputShape[2]
    let least = usesWinograd ? (63 + tiles) / tiles : pixels <= 16 ? 16 : 1
    return max(least, (images + 3) / 4)
  }

  private var scratchCount: Int {
    let count = Int64(chunkImages)
    return Int(
      usesWinograd
        ? ck_winograd_scratch_count(
          count, shape.height, shape.width, shape.channels, shape.outChannels)
        : withUnsafePointer(to: shape) { ck_conv_scratch_count($0, count) })
  }

  /// Runs `body` for every chunk of images with its lane's scratch buffer.
  private func forEachChunk(
    lanes: Lanes,
    body: (_ chunk: Int, _ images: Range<Int>, _ scratch: UnsafeMutablePointer<Float>) -> Void
  ) {
    let scratchCount = self.scratchCount
    withScratch(floats: scratchCount * lanes.numberCount) { scratch in
      lanes.forEachChunk(of: images, size: chunkImages, work: work) { lane, chunk, images in
        body(chunk, images, scratch + lane * scratchCount)
      }
    }
  }

  /// Lends the weights as the kernels want them: transformed for Winograd, else in panels.
  private func withPreparedWeights<R>(
    _ weight: Tensor, forInput isTurned: Bool, lanes: Lanes,
    _ body: (UnsafePointer<Float>) -> R
  ) -> R {
    let (c, k) = (shape.channels, shape.outChannels)
    let panels = Int(((isTurned ? c : k) + 15) / 16)
    let count = withUnsafePointer(to: shape) {
      usesWinograd ? ck_winograd_weights_count(c, k) : ck_conv_packed_count($0)
    }
    return withScratch(floats: Int(count)) { prepared in
      weight.withUnsafeFloats { weight in
        lanes.forEachChunk(of: panels, size: 1, work: Int(count)) { _, panel in
          let (first, last) = (Int64(panel.lowerBound), Int64(panel.upperBound))
          withUnsafePointer(to: shape) { shape in
            if usesWinograd {
              ck_winograd_weights(prepared, weight, c, k, first, last, isTurned)
            } else if isTurned {
              ck_conv_pack_data_grad(prepared, weight, shape, first, last)
            } else {
              ck_conv_pack_forward(prepared, weight, shape, first, last)
            }
          }
        }
      }
      return body(prepared)
    }
  }

  /// The convolution of `x`: `[N, OH, OW, K]`.
  func forward(_ x: Tensor, weight: Tensor, lanes: Lanes) -> Tensor {
    Tensor(outputShape) { y in
      x.withUnsafeFloats { x in
        withPreparedWeights(weight, forInput: false, lanes: lanes) { weight in
          forEachChunk(lanes: lanes) { _, images, scratch in
            let (y, x) = (y + images.lowerBound * outputFloats, x + images.lowerBound * inputFloats)
            let count = Int64(images.count)
            if usesWinograd {
              ck_winograd_conv(
                y, x, weight, scratch, count, shape.height, shape.width, shape.channels,
                shape.outChannels)
            } else {
              withUnsafePointer(to: shape) { ck_conv_forward(y, x, weight, scratch, count, $0) }
            }
          }
        }
      }
    }
  }

  /// The gradient with respect to the input: `[N, H, W, C]`.
  func inputGradient(_ gradient: Tensor, weight: Tensor, lanes: Lanes) -> Tensor {
    Tensor(inputShape) { dx in
      gradient.withUnsafeFloats { dy in
        withPreparedWeights(weight, forInput: true, lanes: lanes) { weight in
          forEachChunk(lanes: lanes) { _, images, scratch in
            let dx = dx + images.lowerBound * inputFloats
            let dy = dy + images.lowerBound * outputFloats
            let count = Int64(images.count)
            if usesWinograd {
              ck_winograd_conv(
                dx, dy, weight, scratch, count, shape.height, shape.width, shape.outChannels,
                shape.channels)
            } else {
              withUnsafePointer(to: shape) { ck_conv_data_grad(dx, dy, weight, scratch, count, $0) }
            }
          }
        }
      }
    }
  }

  /// The gradient with respect to the weights, `[R, S, C, K]`.
  func weightGradient(_ x: Tensor, _ gradient: Tensor, lanes: Lanes) -> Tensor {
    Tensor(weightShape) { dw in
      Tensor.withUnsafeFloats(x, gradient) { x, dy in
        if usesWinograd && shape.channels * shape.outChannels > 64 * 64 {
          sumBlocks(dw, x, dy, lanes: lanes)
        } else {
          sumChunks(dw, x, dy, lanes: lanes)
        }
      }
    }
  }

  /// One partial sum per chunk of images, added in chunk order.
  private func sumChunks(
    _ dw: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    lanes: Lanes
  ) {
    let count = weightShape.count
    let chunks = (images + chunkImages - 1) / chunkImages
    withScratch(floats: (chunks - 1) * count) { partials in
      forEachChunk(lanes: lanes) { chunk, images, scratch in
        let target = chunk == 0 ? dw : partials + (chunk - 1) * count
        let x = x + images.lowerBound * inputFloats
        let dy = dy + images.lowerBound * outputFloats
        let count = Int64(images.count)
        if usesWinograd {
          ck_winograd_weight_grad(
            target, x, dy, scratch, count, shape.height, shape.width, shape.channels,
            shape.outChannels)
        } else {
          withUnsafePointer(to: shape) { ck_conv_weight_grad(target, x, dy, scratch, count, $0) }
        }
      }
      lanes.forEachChunk(of: count, size: 16_384, work: count * (chunks - 1)) { _, items in
        for chunk in 0..<chunks - 1 {
          ck_axpy(
            dw + items.lowerBound, partials + chunk * count + items.lowerBound, 1,
            Int64(items.count))
        }
      }
    }
  }

  /// Transformed images of one pass of `sumBlocks`, in floats: 24 MiB, most of a third-level cache.
  private static let spreadLimit = 6 << 20

  /// Block by block of dw, each over all images of a pass; the passes are added in order.
  private func sumBlocks(
    _ dw: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    lanes: Lanes
  ) {
    func batch(_ images: Int) -> ck_winograd_batch {
      ck_winograd_batch(
        images: Int64(images), height: shape.height, width: shape.width,
        channels: shape.channels, outChannels: shape.outChannels)
    }
    func spreadCount(_ images: Int) -> (x: Int, dy: Int) {
      withUnsafePointer(to: batch(images)) {
        (
          Int(ck_winograd_spread_count($0, shape.channels)),
          Int(ck_winograd_spread_count($0, shape.outChannels))
        )
      }
    }
    let all = spreadCount(images)
    let passes = min(images, (all.x + all.dy + Self.spreadLimit - 1) / Self.spreadLimit)
    let passImages = (images + passes - 1) / passes
    let counts = spreadCount(passImages)
    let blockCount = Int(ck_winograd_block_scratch_count())
    let zeroCount = 6 * Int(max(shape.channels, shape.outChannels))
    let laneCount = max(blockCount, zeroCount)
    withScratch(floats: counts.x + counts.dy + laneCount * lanes.numberCount) { v in
      let dm = v + counts.x
      let scratch = dm + counts.dy
      for first in stride(from: 0, to: images, by: passImages) {
        let count = min(passImages, images - first)
        let (x, dy) = (x + first * inputFloats, dy + first * outputFloats)
        withUnsafePointer(to: batch(count)) { batch in
          lanes.forEachChunk(of: count, size: max(1, count / 8), work: work) { lane, _, images in
            let zeros = scratch + lane * laneCount
            let (from, to) = (Int64(images.lowerBound), Int64(images.upperBound))
            ck_winograd_spread(v, x, zeros, batch, false, from, to)
            ck_winograd_spread(dm, dy, zeros, batch, true, from, to)
          }
          let blocks = Int(ck_winograd_block_count(batch))
          lanes.forEachChunk(of: blocks, size: 1, work: work) { lane, block, _ in
            ck_winograd_weight_grad_block(
              dw, v, dm, scratch + lane * laneCount, batch, Int64(block), first > 0)
          }
        }
      }
    }
  }
}

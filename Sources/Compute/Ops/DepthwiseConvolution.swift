internal import CKernels

extension Tape {
  /// Depthwise convolution without bias: every channel has its own window.
  ///
  ///     y[n, i, j, c] = sum_{r, s} x[n, i*stride + r - padding, j*stride + s - padding, c]
  ///                                w[r, s, c]
  ///
  /// For networks such as MobileNet and ConvNeXt; no stage of today has one, `bench kernels`
  /// measures it.
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`, N at least 1.
  ///   - weight: `[R, S, C]`, at most 128 taps.
  ///   - geometry: stride and padding.
  /// - Returns: `[N, OH, OW, C]` with `OH = (H + 2 padding - R) / stride + 1`, OW likewise.
  package func depthwiseConvolution(
    _ x: Variable, weight: Variable, _ geometry: ConvolutionGeometry
  ) -> Variable {
    precondition(
      weight.shape.rank == 3, "depthwise: weight \(weight.shape), expected [R, S, C]")
    let pass = DepthwisePass(input: x.shape, weight: weight.shape, geometry: geometry, lanes: lanes)
    let y = pass.forward(x.value, weight.value)
    let kernel = x.needsGradient ? weight.value : nil
    let input = weight.needsGradient ? x.value : nil
    return record(y, from: [x, weight]) { gradient in
      [
        kernel.map { pass.inputGradient(gradient, $0) },
        input.map { pass.weightGradient($0, gradient) },
      ]
    }
  }
}

/// One depthwise convolution's sizes; runs the three passes.
private struct DepthwisePass {
  private let shape: ck_conv_shape
  private let inputShape: Shape
  private let weightShape: Shape
  private let outputShape: Shape
  private let lanes: Lanes

  init(input: Shape, weight: Shape, geometry: ConvolutionGeometry, lanes: Lanes) {
    let plan = ConvolutionPlan(
      input: input, weight: [weight[0], weight[1], weight[2], weight[2]], geometry: geometry,
      precise: true)
    (shape, outputShape) = (plan.shape, plan.outputShape)
    (inputShape, weightShape) = (input, weight)
    self.lanes = lanes
  }

  private var images: Int { inputShape[0] }
  private var inputFloats: Int { inputShape.count / images }
  private var outputFloats: Int { outputShape.count / images }

  func forward(_ x: Tensor, _ weight: Tensor) -> Tensor {
    Tensor(outputShape) { y in
      Tensor.withUnsafeFloats(x, weight) { x, w in
        lanes.forEachGroup(of: images, floats: inputFloats) { images in
          let first = images.lowerBound
          withUnsafePointer(to: shape) {
            ck_depthwise_forward(
              y + first * outputFloats, x + first * inputFloats, w, Int64(images.count), $0)
          }
        }
      }
    }
  }

  func inputGradient(_ gradient: Tensor, _ weight: Tensor) -> Tensor {
    Tensor(inputShape) { dx in
      Tensor.withUnsafeFloats(gradient, weight) { dy, w in
        lanes.forEachGroup(of: images, floats: inputFloats) { images in
          let first = images.lowerBound
          withUnsafePointer(to: shape) {
            ck_depthwise_data_grad(
              dx + first * inputFloats, dy + first * outputFloats, w, Int64(images.count), $0)
          }
        }
      }
    }
  }

  /// One partial sum per chunk of images, added in chunk order.
  func weightGradient(_ x: Tensor, _ gradient: Tensor) -> Tensor {
    let size = (images + 7) / 8
    let partials = Tensor.withUnsafeFloats(x, gradient) { x, dy in
      lanes.mapChunks(of: images, size: size, work: inputShape.count) { _, images in
        Tensor(weightShape) { dw in
          let first = images.lowerBound
          withUnsafePointer(to: shape) {
            ck_depthwise_weight_grad(
              dw, x + first * inputFloats, dy + first * outputFloats, Int64(images.count), $0)
          }
        }
      }
    }
    var sum = partials[0]
    for partial in partials.dropFirst() { sum.add(partial, lanes: lanes) }
    return sum
  }
}

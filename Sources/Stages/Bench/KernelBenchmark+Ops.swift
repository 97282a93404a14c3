import Compute
import Foundation

/// The ops that `bench kernels` measures.
extension KernelBenchmark {
  /// Values in -1 ..< 1.
  private static func noise(_ shape: Shape) -> Tensor {
    var random = RandomStream.generator(seed: 0, purpose: "benchmark", shape.count)
    return Tensor((0..<shape.count).map { _ in Float(random.unit() * 2 - 1) }, shape: shape)
  }

  // MARK: Matrix products

  static var products: [KernelBenchmark] {
    [(64, 64, 64), (512, 512, 512), (1024, 1024, 1024), (4096, 32, 32), (4096, 64, 64)]
      .map { product(m: $0.0, n: $0.1, k: $0.2) }
  }

  private static func product(m: Int, n: Int, k: Int) -> KernelBenchmark {
    let (a, b) = (noise([m, k]), noise([k, n]))
    return KernelBenchmark(
      name: "product \(m)x\(n)x\(k)", unit: .gigaflops,
      work: 2 * Double(m) * Double(n) * Double(k),
      prepare: { lanes in { _ = a.matrixProduct(b, lanes: lanes) } },
      naive: { _ = naiveProduct(a, b) }, openBLAS: { _ = a.openBLASProduct(b) })
  }

  /// Fully connected layers of a transformer of width 256, 4,096 tokens.
  static var layers: [KernelBenchmark] {
    [(256, 768), (256, 1024), (1024, 256)].flatMap { layer(inputs: $0.0, outputs: $0.1) }
  }

  private static func layer(inputs: Int, outputs: Int) -> [KernelBenchmark] {
    let (x, w) = (noise([4096, inputs]), noise([inputs, outputs]))
    let dy = noise([4096, outputs])
    let work = 2 * 4096 * Double(inputs) * Double(outputs)
    let forward = KernelBenchmark(
      name: "layer 4096x\(inputs)->\(outputs), forward", unit: .gigaflops, work: work,
      prepare: { lanes in
        let tape = Tape(lanes: lanes, isRecording: false)
        return { _ = tape.linear(.constant(x), weight: .constant(w)) }
      }, openBLAS: { _ = x.openBLASProduct(w) })
    let backward = KernelBenchmark(
      name: "layer 4096x\(inputs)->\(outputs), gradients", unit: .gigaflops, work: 2 * work
    ) { lanes in
      let tape = Tape(lanes: lanes)
      let y = tape.linear(tape.input(x), weight: tape.input(w))
      return { tape.backward(from: y, seed: dy) }
    }
    return [forward, backward]
  }

  /// The three loops in the order that reads B along its rows.
  private static func naiveProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (m, k, n) = (a.shape[0], a.shape[1], b.shape[1])
    var c = Tensor(zeros: [m, n])
    c.withUnsafeMutableFloats { c in
      Tensor.withUnsafeFloats(a, b) { a, b in
        for i in 0..<m {
          for l in 0..<k {
            let factor = a[i &* k &+ l]
            for j in 0..<n { c[i &* n &+ j] += factor * b[l &* n &+ j] }
          }
        }
      }
    }
    return c
  }

  // MARK: Convolutions: batches of 128, as the stages of ResNet-18 have them

  static var convolutions: [KernelBenchmark] {
    let winograd = [(16, 32), (64, 32), (128, 16), (256, 8), (512, 4)].flatMap {
      convolution("winograd", size: $0.1, channels: ($0.0, $0.0), kernel: 3, stride: 1)
    }
    let direct =
      convolution("direct", size: 32, channels: (16, 16), kernel: 3, stride: 1, precise: true)
      + convolution("stride 2", size: 32, channels: (64, 128), kernel: 3, stride: 2)
      + convolution("1x1 stride 2", size: 32, channels: (64, 128), kernel: 1, stride: 2)
    return winograd + direct + [depthwise]
  }

  private static func convolution(
    _ name: String, size: Int, channels: (Int, Int), kernel: Int, stride: Int,
    precise: Bool = false
  ) -> [KernelBenchmark] {
    let x = noise([128, size, size, channels.0])
    let w = noise([kernel, kernel, channels.0, channels.1])
    let geometry = ConvolutionGeometry(stride: stride, padding: kernel / 2)
    let dy = noise([128, size / stride, size / stride, channels.1])
    func run(_ x: Variable, _ w: Variable, on tape: Tape) -> Variable {
      tape.convolution(x, weight: w, geometry, precise: precise)
    }
    func benchmark(
      _ pass: String, prepare: @escaping (Lanes) -> () -> Void
    ) -> KernelBenchmark {
      KernelBenchmark(
        name: "\(name) \(channels.0)->\(channels.1), \(size)x\(size), \(pass)", unit: .gigaflops,
        work: 2 * Double(dy.count) * Double(kernel * kernel * channels.0), prepare: prepare)
    }
    return [
      benchmark("forward") { lanes in
        let tape = Tape(lanes: lanes, isRecording: false)
        return { _ = run(.constant(x), .constant(w), on: tape) }
      },
      benchmark("data gradient") { lanes in
        let tape = Tape(lanes: lanes)
        let y = run(tape.input(x), .constant(w), on: tape)
        return { tape.backward(from: y, seed: dy) }
      },
      benchmark("weight gradient") { lanes in
        let tape = Tape(lanes: lanes)
        let y = run(.constant(x), tape.input(w), on: tape)
        return { tape.backward(from: y, seed: dy) }
      },
    ]
  }

  private static var depthwise: KernelBenchmark {
    let (x, w) = (noise([128, 16, 16, 128]), noise([3, 3, 128]))
    return KernelBenchmark(
      name: "depthwise 128, 16x16, forward", unit: .gigaflops, work: 2 * 9 * Double(x.count)
    ) { lanes in
      let tape = Tape(lanes: lanes, isRecording: false)
      return {
        _ = tape.depthwiseConvolution(
          .constant(x), weight: .constant(w), ConvolutionGeometry(stride: 1, padding: 1))
      }
    }
  }

  // MARK: What moves bytes

  static var rows: [KernelBenchmark] {
    [softmax, gelu, rmsNorm]
      + [batchNorm(backward: false), batchNorm(backward: true), adam, squaredDistances]
  }

  private static var gelu: KernelBenchmark {
    let x = noise([4096, 1024])
    return KernelBenchmark(
      name: "GELU 4096x1024", unit: .gigabytes, work: 8 * Double(x.count),
      prepare: { lanes in
        let tape = Tape(lanes: lanes, isRecording: false)
        return { _ = tape.activation(.constant(x), .geluTanh) }
      },
      naive: {
        var y = x
        y.withUnsafeMutableFloats { y in
          for i in 0..<x.count {
            let v = y[i]
            y[i] = v / 2 * (1 + tanh(0.797_884_6 * (v + 0.044_715 * v * v * v)))
          }
        }
      })
  }

  private static var rmsNorm: KernelBenchmark {
    let (x, weight) = (noise([16_384, 256]), noise([256]))
    return KernelBenchmark(
      name: "RMS norm 16384x256", unit: .gigabytes, work: 8 * Double(x.count),
      prepare: { lanes in
        let tape = Tape(lanes: lanes, isRecording: false)
        return { _ = tape.rmsNorm(.constant(x), weight: .constant(weight)) }
      }, naive: { _ = naiveRMSNorm(x, weight) })
  }

  private static func naiveRMSNorm(_ x: Tensor, _ weight: Tensor) -> Tensor {
    let (count, columns) = (x.count, weight.count)
    return Tensor(x.shape) { y in
      Tensor.withUnsafeFloats(x, weight) { x, weight in
        for start in stride(from: 0, to: count, by: columns) {
          var squares: Float = 0
          for j in 0..<columns { squares += x[start + j] * x[start + j] }
          let factor = 1 / (squares / Float(columns) + 1e-5).squareRoot()
          for j in 0..<columns { y[start + j] = x[start + j] * factor * weight[j] }
        }
      }
    }
  }

  private static var softmax: KernelBenchmark {
    let x = noise([4096, 512])
    return KernelBenchmark(
      name: "softmax 4096x512", unit: .gigabytes, work: 8 * Double(x.count),
      prepare: { lanes in { _ = x.softmax(lanes: lanes) } }, naive: { _ = naiveSoftmax(x) })
  }

  private static func naiveSoftmax(_ x: Tensor) -> Tensor {
    let (count, columns) = (x.count, x.shape[1])
    return Tensor(x.shape) { y in
      x.withUnsafeFloats { x in
        for row in 0..<count / columns {
          let (x, y) = (x + row * columns, y + row * columns)
          var largest = -Float.infinity
          for j in 0..<columns { largest = max(largest, x[j]) }
          var sum: Float = 0
          for j in 0..<columns {
            y[j] = exp(x[j] - largest)
            sum += y[j]
          }
          for j in 0..<columns { y[j] /= sum }
        }
      }
    }
  }

  private static func batchNorm(backward: Bool) -> KernelBenchmark {
    let x = noise([128, 16, 16, 64])
    let (scale, shift) = (noise([64]), noise([64]))
    return KernelBenchmark(
      name: "batch norm + ReLU 64 channels, \(backward ? "backward" : "forward")",
      unit: .gigabytes, work: (backward ? 20 : 12) * Double(x.count)
    ) { lanes in
      let tape = Tape(lanes: lanes)
      func run() -> Variable {
        tape.batchNorm(
          tape.input(x), scale: tape.input(scale), shift: tape.input(shift), relu: true
        ).output
      }
      guard backward else { return { _ = run() } }
      let y = run()
      return { tape.backward(from: y, seed: x) }
    }
  }

  private static var adam: KernelBenchmark {
    var layout = ParameterLayout()
    let entry = layout.add("weight", [1 << 20], .ones)
    let arena = ParameterArena(layout, seed: 0)
    arena.gradients = noise(entry.shape)
    let optimiser = Box<any Optimiser>(Adam(AdamSettings(weightDecay: 1e-2), decay: .decoupled))
    return KernelBenchmark(
      name: "AdamW, 1 Mi parameters", unit: .gigabytes, work: 28 * Double(entry.shape.count)
    ) { lanes in { optimiser.value.step(arena, learningRate: 1e-3, lanes: lanes) } }
  }

  private static var squaredDistances: KernelBenchmark {
    let (a, b) = (noise([512, 64]), noise([512, 64]))
    return KernelBenchmark(
      name: "squared distances 512x512x64", unit: .gigaflops, work: 3 * 512 * 512 * 64
    ) { lanes in
      let tape = Tape(lanes: lanes, isRecording: false)
      return { _ = tape.pairwiseSquaredDistances(.constant(a), .constant(b)) }
    }
  }
}

/// A value that closures share.
private final class Box<T> {
  var value: T
  init(_ value: T) { self.value = value }
}

import CKernels
import Foundation
import Testing

/// Elementwise, row and optimiser kernels against loops.
struct ElementwiseKernelTests {
  static let counts = [1, 7, 32, 1000]

  @Test(arguments: counts, KernelVariant.allCases)
  func mapsMatchTheLoop(count: Int, variant: KernelVariant) {
    let (a, b) = (Reference.values(count, seed: 1), Reference.values(count, seed: 2))
    let n = Int64(count)
    var y = [Float](repeating: .nan, count: count)
    variant.pick(ck_relu, ck_relu_baseline)(&y, a, n)
    #expect(y == a.map { max(0, $0) })
    variant.pick(ck_relu_grad, ck_relu_grad_baseline)(&y, b, a, n)
    #expect(y == zip(a, b).map { $0 > 0 ? $1 : 0 })
    variant.pick(ck_add, ck_add_baseline)(&y, a, b, n)
    #expect(y == zip(a, b).map { $0 + $1 })
    variant.pick(ck_subtract, ck_subtract_baseline)(&y, a, b, n)
    #expect(y == zip(a, b).map { $0 - $1 })
    variant.pick(ck_multiply, ck_multiply_baseline)(&y, a, b, n)
    #expect(y == zip(a, b).map { $0 * $1 })
    variant.pick(ck_scale, ck_scale_baseline)(&y, a, 0.5, n)
    #expect(y == a.map { $0 * 0.5 })
    y = b
    // A power of two: the same bits with and without a fused multiply-add.
    variant.pick(ck_axpy, ck_axpy_baseline)(&y, a, 0.25, n)
    #expect(y == zip(a, b).map { $0 * 0.25 + $1 })
  }

  @Test(arguments: counts, KernelVariant.allCases)
  func sumsMatchTheLoop(count: Int, variant: KernelVariant) {
    let x = Reference.values(count, seed: 3)
    let sum = variant.pick(ck_sum, ck_sum_baseline)(x, Int64(count))
    let squares = variant.pick(ck_sum_squares, ck_sum_squares_baseline)(x, Int64(count))
    let expected = x.reduce(0) { $0 + Double($1) }
    let expectedSquares = x.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(sum - expected) < 1e-5)
    #expect(abs(squares - expectedSquares) < Reference.sumTolerance * expectedSquares)
  }

  @Test(arguments: [(1, 1), (5, 10), (33, 100)], KernelVariant.allCases)
  func biasAndColumnSums(size: (Int, Int), variant: KernelVariant) {
    let (rows, columns) = size
    let x = Reference.values(rows * columns, seed: 4)
    let bias = Reference.values(columns, seed: 5)
    var y = [Float](repeating: .nan, count: x.count)
    variant.pick(ck_add_bias, ck_add_bias_baseline)(&y, x, bias, Int64(rows), Int64(columns))
    #expect(y == x.indices.map { x[$0] + bias[$0 % columns] })
    for accumulate in [false, true] {
      var sums = bias
      variant.pick(ck_column_sums, ck_column_sums_baseline)(
        &sums, x, Int64(rows), Int64(columns), accumulate)
      var expected = bias.map { accumulate ? Double($0) : 0 }
      for i in x.indices { expected[i % columns] += Double(x[i]) }
      #expect(Reference.relativeError(sums, expected) < Reference.sumTolerance)
    }
  }

  /// One unit in the last place is 1.2e-7 of the value at most.
  @Test(arguments: KernelVariant.allCases)
  func exponentialIsRightToTheLastPlaces(variant: KernelVariant) {
    let x = (0...200_000).map { Float(-87 + Double($0) * 175 / 200_000) } + [-1000, 1000]
    var y = [Float](repeating: .nan, count: x.count)
    variant.pick(ck_exp, ck_exp_baseline)(&y, x, Int64(x.count))
    let worst = zip(x, y).map { x, y in
      let exact = exp(Double(min(88, max(-87, x))))
      return abs(Double(y) - exact) / exact
    }.max()
    #expect((worst ?? 1) < 1.3e-7)
  }

  @Test(arguments: [(1, 1), (4, 10), (3, 37)], KernelVariant.allCases)
  func softmaxAndCrossEntropy(size: (Int, Int), variant: KernelVariant) {
    let (rows, columns) = size
    let x = Reference.values(rows * columns, seed: 6).map { $0 * 20 + 50 }
    let labels = (0..<rows).map { Int32($0 * 7 % columns) }
    var probabilities: [Double] = []
    for row in 0..<rows {
      let powers = x[row * columns..<(row + 1) * columns].map { exp(Double($0) - 50) }
      probabilities += powers.map { $0 / powers.reduce(0, +) }
    }
    let (r, c) = (Int64(rows), Int64(columns))
    var y = [Float](repeating: .nan, count: x.count)
    variant.pick(ck_softmax, ck_softmax_baseline)(&y, x, r, c)
    #expect(Reference.relativeError(y, probabilities) < Reference.sumTolerance)

    let kernel = variant.pick(ck_softmax_cross_entropy, ck_softmax_cross_entropy_baseline)
    var (loss, lossOnly) = (
      [Float](repeating: .nan, count: rows), [Float](repeating: .nan, count: rows)
    )
    kernel(&loss, &y, x, labels, r, c, 0.5)
    kernel(&lossOnly, nil, x, labels, r, c, 0.5)
    let expectedLoss = (0..<rows).map { -log(probabilities[$0 * columns + Int(labels[$0])]) }
    var expected = probabilities.map { $0 * 0.5 }
    for row in 0..<rows { expected[row * columns + Int(labels[row])] -= 0.5 }
    #expect(zip(loss, expectedLoss).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(zip(y, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    #expect(loss == lossOnly)
  }
}

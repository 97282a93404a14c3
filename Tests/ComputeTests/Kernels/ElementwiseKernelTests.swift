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
    let expected = x.reduce(0) { $0 + Double($1) }
    #expect(abs(sum - expected) < 1e-5)
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

  /// Softmax of a row whose largest element is 0 is e^x times one factor, 1 / sum. The exponential
  /// is wrong by one unit in the last place at most (1.2e-7), each of two products by half of one.
  @Test(arguments: KernelVariant.allCases)
  func exponentialIsRightToTheLastPlaces(variant: KernelVariant) {
    let x = (0...200_000).map { Float(-70 * Double($0) / 200_000) }
    var y = [Float](repeating: .nan, count: x.count)
    variant.pick(ck_softmax, ck_softmax_baseline)(&y, x, 1, Int64(x.count))
    let first = Double(y[0])
    let worst = zip(x, y).map { x, y in
      let exact = exp(Double(x))
      return abs(Double(y) / first - exact) / exact
    }.max()
    #expect((worst ?? 1) < 2.5e-7)
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

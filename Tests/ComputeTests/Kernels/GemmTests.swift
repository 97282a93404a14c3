import CKernels
import Testing

/// The product kernels against three nested loops.
struct GemmTests {
  struct Size: CustomTestStringConvertible {
    let m: Int
    let n: Int
    let k: Int
    var testDescription: String { "\(m)x\(n)x\(k)" }
  }

  /// Ones, primes, tails of rows (6) and columns (16), depths on both sides of a block (256), none.
  static let sizes = [
    Size(m: 1, n: 1, k: 1), Size(m: 6, n: 16, k: 7), Size(m: 7, n: 17, k: 13),
    Size(m: 13, n: 10, k: 128), Size(m: 29, n: 33, k: 255), Size(m: 24, n: 48, k: 257),
    Size(m: 199, n: 19, k: 300), Size(m: 5, n: 64, k: 520), Size(m: 11, n: 8, k: 0),
    Size(m: 0, n: 40, k: 9),
  ]

  @Test(arguments: sizes, KernelVariant.allCases)
  func productsMatchTheLoops(size: Size, variant: KernelVariant) {
    let (m, n, k) = (size.m, size.n, size.k)
    let a = Reference.values(m * k, seed: 1)
    let b = Reference.values(k * n, seed: 2)
    let start = Reference.values(m * n, seed: 3)
    var turned = [Float](repeating: 0, count: m * k)
    variant.pick(ck_transpose, ck_transpose_baseline)(&turned, a, Int64(m), Int64(k))
    for accumulate in [false, true] {
      var expected = accumulate ? start.map { Double($0) } : [Double](repeating: 0, count: m * n)
      for i in 0..<m {
        for j in 0..<n {
          for d in 0..<k { expected[i * n + j] += Double(a[i * k + d]) * Double(b[d * n + j]) }
        }
      }
      var c = start
      variant.pick(ck_gemm, ck_gemm_baseline)(
        &c, Int64(n), a, Int64(k), b, Int64(n), Int64(m), Int64(n), Int64(k), accumulate)
      #expect(Reference.relativeError(c, expected) < Reference.sumTolerance)
      c = start
      variant.pick(ck_gemm_tn, ck_gemm_tn_baseline)(
        &c, Int64(n), turned, Int64(m), b, Int64(n), Int64(m), Int64(n), Int64(k), accumulate)
      #expect(Reference.relativeError(c, expected) < Reference.sumTolerance)
    }
  }

  @Test(arguments: [(1, 1), (8, 8), (7, 19), (16, 24), (33, 5)], KernelVariant.allCases)
  func transposeTurnsEveryElement(size: (Int, Int), variant: KernelVariant) {
    let (rows, columns) = size
    let x = Reference.values(rows * columns, seed: 4)
    var y = [Float](repeating: 0, count: rows * columns)
    variant.pick(ck_transpose, ck_transpose_baseline)(&y, x, Int64(rows), Int64(columns))
    for i in 0..<rows {
      for j in 0..<columns { #expect(y[j * rows + i] == x[i * columns + j]) }
    }
  }

  /// A matrix may be part of a wider one; what lies beside it is left alone.
  @Test func rowStridesAreHonoured() {
    let a = Reference.values(5 * 9, seed: 5)
    let b = Reference.values(4 * 11, seed: 6)
    var c = [Float](repeating: 7, count: 5 * 8)
    ck_gemm(&c, 8, a, 9, b, 11, 5, 3, 4, false)
    for i in 0..<5 {
      for j in 0..<8 {
        let wanted = (0..<4).reduce(0.0) { $0 + Double(a[i * 9 + $1]) * Double(b[$1 * 11 + j]) }
        let difference = abs(Double(c[i * 8 + j]) - (j < 3 ? wanted : 7))
        #expect(difference < Reference.sumTolerance)
      }
    }
  }
}

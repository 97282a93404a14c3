import CKernels
import Testing

struct DistanceKernelTests {
  /// Rows of both sides and columns: empty, 1, primes, on both sides of the 16 lanes of a sum.
  static let sizes = [
    (0, 3, 4), (3, 0, 4), (2, 3, 0), (1, 1, 1), (3, 5, 7), (7, 2, 15), (4, 4, 16), (5, 3, 17),
    (13, 11, 53),
  ]

  @Test(arguments: sizes, KernelVariant.allCases)
  func matchTheLoops(size: (Int, Int, Int), variant: KernelVariant) {
    let (m, n, d) = size
    let a = Reference.values(m * d, seed: 1)
    let b = Reference.values(n * d, seed: 2)
    let dy = Reference.values(m * n, seed: 3)
    var expected = [Double](repeating: 0, count: m * n)
    var (da, db) = (a.map { _ in 0.0 }, b.map { _ in 0.0 })
    for i in 0..<m {
      for j in 0..<n {
        for k in 0..<d {
          let difference = Double(a[i * d + k]) - Double(b[j * d + k])
          expected[i * n + j] += difference * difference
          da[i * d + k] += 2 * Double(dy[i * n + j]) * difference
          db[j * d + k] -= 2 * Double(dy[i * n + j]) * difference
        }
      }
    }
    var y = [Float](repeating: .nan, count: m * n)
    var (resultA, resultB) = (a.map { _ in Float.nan }, b.map { _ in Float.nan })
    let (rows, columns, depth) = (Int64(m), Int64(n), Int64(d))
    variant.pick(ck_squared_distances, ck_squared_distances_baseline)(
      &y, a, b, rows, columns, depth)
    let gradient = variant.pick(ck_squared_distances_grad, ck_squared_distances_grad_baseline)
    gradient(&resultA, dy, columns, 1, a, b, rows, columns, depth)
    gradient(&resultB, dy, 1, columns, b, a, columns, rows, depth)
    #expect(Reference.relativeError(y, expected) < Reference.sumTolerance)
    #expect(Reference.relativeError(resultA, da) < Reference.sumTolerance)
    #expect(Reference.relativeError(resultB, db) < Reference.sumTolerance)
  }
}

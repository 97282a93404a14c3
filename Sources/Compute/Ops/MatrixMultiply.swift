internal import CKernels
internal import COpenBLAS

/// Which factor of a product is read transposed.
package enum TransposedFactor: Sendable {
  case none, left, right
}

extension Tensor {
  /// The product of two matrices.
  ///
  ///     none: c[m, n] = sum_k a[m, k] b[k, n]
  ///     left: a is stored [K, M];   right: b is stored [N, K]
  ///
  /// Products with a small right factor (150 KiB) run on our own kernel, which sums in order of k:
  /// a row has the same bits alone and among others. Larger ones run on OpenBLAS, in fixed groups
  /// of rows, where the last bits of a row may depend on how many there are. Vectors go through
  /// `sgemv` (`sgemm` with one row runs at a twentieth of its speed), the left one only where our
  /// kernel does not take it.
  ///
  /// - Parameters:
  ///   - other: the right factor.
  ///   - transposed: the factor that is stored transposed.
  ///   - lanes: the cores to use; the result does not depend on them.
  /// - Returns: `[M, N]`.
  /// - Precondition: two matrices with equal inner sizes.
  package func matrixProduct(
    _ other: Tensor, transposed: TransposedFactor = .none, lanes: Lanes
  ) -> Tensor {
    let product = MatrixProduct(left: shape, right: other.shape, transposed: transposed)
    return Tensor([product.m, product.n]) { c in
      Tensor.withUnsafeFloats(self, other) { a, b in product.run(c, a, b, lanes: lanes) }
    }
  }
}

extension Tensor {
  /// The product of two matrices as one call of OpenBLAS on the calling thread: what the speed of
  /// `matrixProduct` and of linear layers is measured against.
  ///
  /// - Parameter other: the right factor, `[K, N]` for a left one of `[M, K]`, no size 0.
  /// - Returns: `[M, N]`.
  package func openBLASProduct(_ other: Tensor) -> Tensor {
    let product = MatrixProduct(left: shape, right: other.shape, transposed: .none)
    return Tensor([product.m, product.n]) { c in
      Tensor.withUnsafeFloats(self, other) { a, b in
        Lanes(1).forEachChunk(of: product.m, size: product.m) { _, rows in
          product.runBLAS(c, a, b, rows: rows)
        }
      }
    }
  }
}

/// Sizes and route of one product.
private struct MatrixProduct {
  /// Largest right factor, in floats, for our own kernel: 150 KiB stays in the second-level cache.
  private static let ownKernelLimit = 38_400

  let m: Int
  let n: Int
  let k: Int
  let transposed: TransposedFactor

  init(left: Shape, right: Shape, transposed: TransposedFactor) {
    precondition(
      left.rank == 2 && right.rank == 2, "matrix product: \(left) x \(right), expected matrices")
    let (leftInner, rightInner) = (transposed == .left ? 0 : 1, transposed == .right ? 1 : 0)
    precondition(
      left[leftInner] == right[rightInner],
      "matrix product: \(left) x \(right), transposed \(transposed), inner sizes "
        + "\(left[leftInner]) and \(right[rightInner]) differ")
    (m, n, k) = (left[1 - leftInner], right[1 - rightInner], left[leftInner])
    self.transposed = transposed
  }

  /// Rows in a chunk: eight chunks of a large product, none under 48 rows.
  private var chunkRows: Int { max(48, (m / 8 + 47) / 48 * 48) }

  func run(
    _ c: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    lanes: Lanes
  ) {
    guard m > 0, n > 0 else { return }
    if k == 0 {
      c.update(repeating: 0, count: m * n)
    } else if m == 1, k * n > Self.ownKernelLimit {
      multiplyVector(c, matrix: b, isTransposed: transposed != .right, by: a)
    } else if n == 1 {
      multiplyVector(c, matrix: a, isTransposed: transposed == .left, by: b)
    } else if k * n > Self.ownKernelLimit {
      lanes.forEachChunk(of: m, size: chunkRows, work: m * n * k) { _, rows in
        runBLAS(c, a, b, rows: rows)
      }
    } else if transposed == .right {
      withScratch(floats: k * n) { turned in
        ck_transpose(turned, b, Int64(n), Int64(k))
        runOwn(c, a, turned, lanes: lanes)
      }
    } else {
      runOwn(c, a, b, lanes: lanes)
    }
  }

  /// y = A x, or A^T x, for A stored `[rows, columns]` with the larger role of `k` worked out here.
  private func multiplyVector(
    _ y: UnsafeMutablePointer<Float>, matrix: UnsafePointer<Float>, isTransposed: Bool,
    by x: UnsafePointer<Float>
  ) {
    let outputs = m * n
    let (rows, columns) = isTransposed ? (k, outputs) : (outputs, k)
    BLAS.loaded.sgemv(
      CblasRowMajor, isTransposed ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), 1,
      matrix, Int32(columns), x, 1, 0, y, 1)
  }

  /// `b` is `[K, N]` here.
  private func runOwn(
    _ c: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    lanes: Lanes
  ) {
    let (m, n, k) = (Int64(m), Int64(n), Int64(k))
    lanes.forEachChunk(of: self.m, size: chunkRows, work: self.m * self.n * self.k) { _, rows in
      let (first, count) = (Int64(rows.lowerBound), Int64(rows.count))
      if transposed == .left {
        ck_gemm_tn(c + Int(first * n), n, a + Int(first), m, b, n, count, n, k, false)
      } else {
        ck_gemm(c + Int(first * n), n, a + Int(first * k), k, b, n, count, n, k, false)
      }
    }
  }

  func runBLAS(
    _ c: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    rows: Range<Int>
  ) {
    let isLeft = transposed == .left
    let isRight = transposed == .right
    BLAS.loaded.sgemm(
      CblasRowMajor, isLeft ? CblasTrans : CblasNoTrans, isRight ? CblasTrans : CblasNoTrans,
      Int32(rows.count), Int32(n), Int32(k), 1, a + rows.lowerBound * (isLeft ? 1 : k),
      Int32(isLeft ? m : k), b, Int32(isRight ? k : n), 0, c + rows.lowerBound * n, Int32(n))
  }
}

import CKernels
import Foundation
import Testing

/// Norms, embedding, rotation and row helpers against loops in float64.
struct RowKernelTests {
  static let sizes = [(0, 4), (1, 1), (3, 7), (2, 32), (5, 67), (4, 256)]

  /// Gradients of a norm by its definition; `centred` for layer norm.
  static func normReference(
    _ x: [Double], _ w: [Double], _ b: [Double], _ dy: [Double], eps: Double, centred: Bool
  ) -> (y: [Double], dx: [Double], dw: [Double]) {
    let n = Double(x.count)
    let mean = centred ? x.reduce(0, +) / n : 0
    let factor = 1 / (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n + eps).squareRoot()
    let hat = x.map { ($0 - mean) * factor }
    let g = zip(dy, w).map { $0 * $1 }
    let sum = centred ? g.reduce(0, +) / n : 0
    let product = zip(g, hat).reduce(0) { $0 + $1.0 * $1.1 } / n
    return (
      x.indices.map { hat[$0] * w[$0] + b[$0] },
      x.indices.map { factor * (g[$0] - sum - hat[$0] * product) },
      zip(dy, hat).map { $0 * $1 }
    )
  }

  @Test(arguments: sizes, KernelVariant.allCases)
  func norms(size: (Int, Int), variant: KernelVariant) {
    let (rows, n) = size
    let x = Reference.values(rows * n, seed: 1).map { $0 * 3 + 0.5 }
    let (w, b) = (Reference.values(n, seed: 2), Reference.values(n, seed: 3))
    let dy = Reference.values(rows * n, seed: 4)
    let eps: Float = 1e-3
    let (r, c) = (Int64(rows), Int64(n))
    for centred in [true, false] {
      var y = [Float](repeating: .nan, count: rows * n)
      var (mean, inverse) = (
        [Float](repeating: .nan, count: rows), [Float](repeating: 0, count: rows)
      )
      var (dx, dw, db) = (dy, [Float](repeating: 1, count: n), [Float](repeating: 1, count: n))
      dx.withUnsafeMutableBufferPointer { dx in
        guard let base = dx.baseAddress else { return }
        if centred {
          variant.pick(ck_layer_norm, ck_layer_norm_baseline)(
            &y, &mean, &inverse, x, w, b, r, c, eps)
          variant.pick(ck_layer_norm_grad, ck_layer_norm_grad_baseline)(
            base, &dw, &db, base, x, mean, inverse, w, r, c)
        } else {
          variant.pick(ck_rms_norm, ck_rms_norm_baseline)(&y, &inverse, x, w, r, c, eps)
          variant.pick(ck_rms_norm_grad, ck_rms_norm_grad_baseline)(
            base, &dw, base, x, inverse, w, r, c)
        }
      }
      var (ey, edx): ([Double], [Double]) = ([], [])
      var (edw, edb) = ([Double](repeating: 1, count: n), [Double](repeating: 1, count: n))
      for row in 0..<rows {
        let part = row * n..<(row + 1) * n
        let reference = Self.normReference(
          x[part].map(Double.init), w.map(Double.init),
          b.map { centred ? Double($0) : 0 }, dy[part].map(Double.init), eps: Double(eps),
          centred: centred)
        ey += reference.y
        edx += reference.dx
        for i in 0..<n {
          edw[i] += reference.dw[i]
          if centred { edb[i] += Double(dy[row * n + i]) }
        }
      }
      #expect(Reference.relativeError(y, ey) < Reference.sumTolerance)
      // Differences of nearly equal numbers where there are few of them: one number has gradient 0.
      let close = zip(dx, edx).allSatisfy { abs(Double($0) - $1) < 1e-6 }
      #expect(close || Reference.relativeError(dx, edx) < 20 * Reference.sumTolerance)
      #expect(Reference.relativeError(dw, edw) < Reference.sumTolerance)
      #expect(Reference.relativeError(db, edb) < Reference.sumTolerance)
    }
  }

  /// The last row lies under the floor of its length, where it is a constant multiple.
  @Test(arguments: sizes, KernelVariant.allCases)
  func unitRows(size: (Int, Int), variant: KernelVariant) {
    let (rows, n) = size
    var x = Reference.values(rows * n, seed: 1)
    for i in max(0, rows - 1) * n..<rows * n { x[i] *= 1e-7 }
    let dy = Reference.values(rows * n, seed: 2)
    var (y, inverse) = (
      [Float](repeating: .nan, count: rows * n), [Float](repeating: .nan, count: rows)
    )
    variant.pick(ck_unit_rows, ck_unit_rows_baseline)(&y, &inverse, x, Int64(rows), Int64(n))
    var dx = dy
    dx.withUnsafeMutableBufferPointer { dx in
      guard let base = dx.baseAddress else { return }
      variant.pick(ck_unit_rows_grad, ck_unit_rows_grad_baseline)(
        base, base, y, inverse, Int64(rows), Int64(n))
    }
    for row in 0..<rows {
      let part = row * n..<(row + 1) * n
      let (values, slopes) = (x[part].map(Double.init), dy[part].map(Double.init))
      let length = max(values.reduce(0) { $0 + $1 * $1 }, 1e-10).squareRoot()
      let unit = values.map { $0 / length }
      let product = row == rows - 1 ? 0 : zip(slopes, unit).reduce(0) { $0 + $1.0 * $1.1 }
      let expected = zip(slopes, unit).map { ($0 - product * $1) / length }
      #expect(Reference.relativeError(Array(y[part]), unit) < Reference.sumTolerance)
      // A row of one number has gradient 0 but for the rounding of y.
      let close = zip(dx[part], expected).allSatisfy { abs(Double($0) - $1) < 1e-6 / length }
      #expect(
        close || Reference.relativeError(Array(dx[part]), expected) < 20 * Reference.sumTolerance)
    }
  }

  @Test(arguments: KernelVariant.allCases) func embeddingRows(variant: KernelVariant) {
    let (entries, columns, ids): (Int, Int, [Int32]) = (5, 19, [3, 0, 3, 4])
    let table = Reference.values(entries * columns, seed: 1)
    var y = [Float](repeating: .nan, count: ids.count * columns)
    variant.pick(ck_embedding, ck_embedding_baseline)(&y, table, ids, 4, Int64(columns))
    #expect(y == ids.flatMap { table[Int($0) * columns..<(Int($0) + 1) * columns] })
    let dy = Reference.values(y.count, seed: 2)
    var (gradient, expected) = (
      [Float](repeating: 0, count: table.count), [Float](repeating: 0, count: table.count)
    )
    let kernel = variant.pick(ck_embedding_grad, ck_embedding_grad_baseline)
    kernel(&gradient, dy, ids, 4, Int64(columns), 0, 8)
    kernel(&gradient, dy, ids, 4, Int64(columns), 8, Int64(columns))
    for (row, id) in ids.enumerated() {
      for c in 0..<columns { expected[Int(id) * columns + c] += dy[row * columns + c] }
    }
    #expect(gradient == expected)
  }

  @Test(arguments: [true, false], KernelVariant.allCases)
  func rotation(interleaved: Bool, variant: KernelVariant) {
    let (rows, period, heads, size, ld) = (5, 2, 2, 6, 15)
    let x = Reference.values(rows * ld, seed: 1)
    let angles = Reference.values(period * size / 2, seed: 2)
    let (c, s) = (angles.map { cosf($0) }, angles.map { sinf($0) })
    var y = x
    let kernel = variant.pick(ck_rotate_pairs, ck_rotate_pairs_baseline)
    func turn(_ inverse: Bool) {
      kernel(
        &y, c, s, 1, Int64(rows), Int64(period), Int64(ld), Int64(heads), Int64(size), interleaved,
        inverse)
    }
    turn(false)
    var expected = x.map(Double.init)
    for row in 0..<rows {
      for head in 0..<heads {
        for i in 0..<size / 2 {
          let start = row * ld + head * size
          let (p, q) = interleaved ? (2 * i, 2 * i + 1) : (i, i + size / 2)
          let angle = Double(angles[(row + 1) % period * size / 2 + i])
          let (a, b) = (Double(x[start + p]), Double(x[start + q]))
          expected[start + p] = a * cos(angle) - b * sin(angle)
          expected[start + q] = a * sin(angle) + b * cos(angle)
        }
      }
    }
    #expect(Reference.relativeError(y, expected) < Reference.sumTolerance)
    turn(true)
    #expect(Reference.relativeError(y, x.map(Double.init)) < Reference.sumTolerance)
  }

  @Test(arguments: KernelVariant.allCases) func rowHelpers(variant: KernelVariant) {
    let (rows, columns) = (3, 11)
    let (y, bias) = (Reference.values(33, seed: 1), Reference.values(columns, seed: 2))
    let residual = Reference.values(33, seed: 3)
    let finish = variant.pick(ck_finish_rows, ck_finish_rows_baseline)
    var (both, one, other, none) = (y, y, y, y)
    finish(&both, bias, residual, 3, 11)
    finish(&one, bias, nil, 3, 11)
    finish(&other, nil, residual, 3, 11)
    finish(&none, nil, nil, 3, 11)
    #expect(both == y.indices.map { y[$0] + bias[$0 % columns] + residual[$0] })
    #expect(one == y.indices.map { y[$0] + bias[$0 % columns] })
    #expect(other == zip(y, residual).map { $0 + $1 })
    #expect(none == y)

    var turned = [Float](repeating: 7, count: columns * 5)
    variant.pick(ck_transpose_rows, ck_transpose_rows_baseline)(&turned, 5, y, 11, 3, 11)
    for row in 0..<rows {
      for column in 0..<columns { #expect(turned[column * 5 + row] == y[row * columns + column]) }
    }
    for count in [0, 1, 33, 10_007] {
      let x = Reference.values(count, seed: 4)
      let sum = variant.pick(ck_sum_squares, ck_sum_squares_baseline)(x, Int64(count))
      let exact = x.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs(sum - exact) <= Reference.sumTolerance * exact)
    }
    // Squares beyond float32.
    let large = [Float](repeating: 1e25, count: 40)
    let sum = variant.pick(ck_sum_squares, ck_sum_squares_baseline)(large, 40)
    #expect(abs(sum / 40e50 - 1) < Reference.sumTolerance)
  }
}

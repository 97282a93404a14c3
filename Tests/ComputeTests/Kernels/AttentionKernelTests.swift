import CKernels
import Foundation
import Testing

/// Tiled attention against the definition in float64.
struct AttentionKernelTests {
  struct Case: Sendable {
    var queries: Int
    var keys: Int
    var heads: Int
    var size: Int
    var offset: Int
  }

  /// No mask, causal, keys before the queries, queries that see nothing, several tiles both ways.
  static let cases = [
    Case(queries: 1, keys: 1, heads: 1, size: 16, offset: 1),
    Case(queries: 0, keys: 5, heads: 1, size: 16, offset: 5),
    Case(queries: 3, keys: 0, heads: 2, size: 8, offset: 0),
    Case(queries: 7, keys: 13, heads: 2, size: 5, offset: 13),
    Case(queries: 65, keys: 65, heads: 1, size: 64, offset: 65),
    Case(queries: 50, keys: 50, heads: 3, size: 24, offset: 0),
    Case(queries: 131, keys: 131, heads: 1, size: 40, offset: 0),
    Case(queries: 11, keys: 300, heads: 2, size: 17, offset: 289),
    Case(queries: 60, keys: 20, heads: 1, size: 128, offset: -40),
  ]
  /// Float32 sums of up to 300 products, scores of a few units.
  static let tolerance = 3e-6

  /// Rows with gaps: heads side by side, then numbers that nobody may touch.
  private struct Layout {
    let test: Case
    var ldq: Int { test.heads * test.size + 3 }
    var ldk: Int { test.size + 5 }
    var ldo: Int { test.heads * test.size + 1 }
    var ldg: Int { test.size + 2 }
    var shape: ck_attention_shape {
      ck_attention_shape(
        queries: Int64(test.queries), keys: Int64(test.keys), heads: Int64(test.heads),
        headSize: Int64(test.size), ldq: Int64(ldq), ldk: Int64(ldk), ldv: Int64(ldk),
        ldo: Int64(ldo), offset: Int64(test.offset),
        scale: Float(1 / Double(test.size).squareRoot()))
    }
  }

  private struct Outcome {
    var o, dq, dk, dv: [Double]
    /// Weight of each key over all queries and heads.
    var sums: [Double]
  }

  /// Forward and gradients by the definition, in the kernels' layout, gaps 0.
  private func reference(
    _ layout: Layout, q: [Float], k: [Float], v: [Float], dOut: [Float]
  ) -> Outcome {
    let t = layout.test
    let scale = 1 / Double(t.size).squareRoot()
    var out = Outcome(
      o: [Double](repeating: 0, count: dOut.count), dq: [Double](repeating: 0, count: q.count),
      dk: [Double](repeating: 0, count: t.keys * layout.ldg),
      dv: [Double](repeating: 0, count: t.keys * layout.ldg),
      sums: [Double](repeating: 0, count: t.keys))
    for h in 0..<t.heads {
      for i in 0..<t.queries {
        let seen = max(0, min(t.keys, i + t.offset + 1))
        let (row, target) = (i * layout.ldq + h * t.size, i * layout.ldo + h * t.size)
        func dot(_ a: [Float], _ x: Int, _ b: [Float], _ y: Int) -> Double {
          (0..<t.size).reduce(0) { $0 + Double(a[x + $1]) * Double(b[y + $1]) }
        }
        let powers = (0..<seen).map { exp(scale * dot(q, row, k, $0 * layout.ldk)) }
        let p = powers.map { $0 / powers.reduce(0, +) }
        for j in 0..<seen {
          out.sums[j] += p[j]
          for e in 0..<t.size { out.o[target + e] += p[j] * Double(v[j * layout.ldk + e]) }
        }
        let dp = (0..<seen).map { dot(dOut, target, v, $0 * layout.ldk) }
        let mean = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
        for j in 0..<seen {
          let ds = p[j] * (dp[j] - mean) * scale
          for e in 0..<t.size {
            out.dq[row + e] += ds * Double(k[j * layout.ldk + e])
            out.dk[j * layout.ldg + e] += ds * Double(q[row + e])
            out.dv[j * layout.ldg + e] += p[j] * Double(dOut[target + e])
          }
        }
      }
    }
    return out
  }

  /// The elements inside the heads.
  private func inner(_ values: [Float], rows: Int, ld: Int, columns: Int) -> [Float] {
    (0..<rows).flatMap { values[$0 * ld..<$0 * ld + columns] }
  }
  private func inner(_ values: [Double], rows: Int, ld: Int, columns: Int) -> [Double] {
    (0..<rows).flatMap { values[$0 * ld..<$0 * ld + columns] }
  }

  @Test(arguments: cases, KernelVariant.allCases)
  func matchesTheDefinition(test: Case, variant: KernelVariant) {
    let layout = Layout(test: test)
    var shape = layout.shape
    let (columns, size) = (test.heads * test.size, test.size)
    let q = Reference.values(test.queries * layout.ldq + 1, seed: 1).map { $0 * 2 }
    let k = Reference.values(test.keys * layout.ldk + 1, seed: 2).map { $0 * 2 }
    let v = Reference.values(test.keys * layout.ldk + 1, seed: 3)
    let dOut = Reference.values(test.queries * layout.ldo + 1, seed: 4)
    var o = [Float](repeating: .nan, count: dOut.count)
    var lse = [Float](repeating: .nan, count: test.heads * test.queries)
    var scratch = [Float](repeating: .nan, count: Int(ck_attention_scratch_count(&shape)))
    let forward = variant.pick(ck_attention_forward, ck_attention_forward_baseline)
    // In two pieces: a query's result does not depend on the others.
    let middle = Int64(test.queries / 2)
    if middle > 0 { forward(&o, &lse, q, k, v, &scratch, 0, middle, &shape) }
    if test.queries > 0 {
      forward(&o, &lse, q, k, v, &scratch, middle, Int64(test.queries), &shape)
    }
    var sums = [Float](repeating: 0, count: test.keys)
    let columnSums = variant.pick(ck_attention_column_sums, ck_attention_column_sums_baseline)
    for (first, last) in [(0, middle), (middle, Int64(test.queries))] where first < last {
      columnSums(&sums, lse, q, k, &scratch, first, last, &shape)
    }
    // The shares of the two pieces are added.
    var dq = [Float](repeating: .nan, count: q.count)
    var shares: [(dk: [Float], dv: [Float])] = []
    for (first, last) in [(0, middle), (middle, Int64(test.queries))] {
      let unwritten = [Float](repeating: .nan, count: test.keys * layout.ldg + 1)
      var share = (dk: unwritten, dv: unwritten)
      variant.pick(ck_attention_backward, ck_attention_backward_baseline)(
        &dq, &share.dk, &share.dv, Int64(layout.ldg), o, dOut, lse, q, k, v, &scratch, first, last,
        &shape)
      shares.append(share)
    }
    let dk = zip(shares[0].dk, shares[1].dk).map { $0 + $1 }
    let dv = zip(shares[0].dv, shares[1].dv).map { $0 + $1 }

    let expected = reference(layout, q: q, k: k, v: v, dOut: dOut)
    #expect(Reference.relativeError(sums, expected.sums) < Self.tolerance)
    func check(_ values: [Float], _ wanted: [Double], rows: Int, ld: Int, columns: Int) {
      let error = Reference.relativeError(
        inner(values, rows: rows, ld: ld, columns: columns),
        inner(wanted, rows: rows, ld: ld, columns: columns))
      // The only key of a query has weight 1 whatever q and k are: gradients of 0.
      let isZero = inner(values, rows: rows, ld: ld, columns: columns).allSatisfy {
        abs($0) <= 1e-6
      }
      #expect(error < Self.tolerance || test.keys == 1 && isZero)
      // The gaps are nobody's.
      for row in 0..<rows {
        #expect(values[row * ld + columns..<(row + 1) * ld].allSatisfy { $0.isNaN })
      }
    }
    check(o, expected.o, rows: test.queries, ld: layout.ldo, columns: columns)
    check(dq, expected.dq, rows: test.queries, ld: layout.ldq, columns: columns)
    check(dk, expected.dk, rows: test.keys, ld: layout.ldg, columns: size)
    check(dv, expected.dv, rows: test.keys, ld: layout.ldg, columns: size)
  }
}

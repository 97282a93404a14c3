import CKernels
import Compute
import Foundation
import Testing

/// Products of panels and of blocks, and attention of few queries, against the definition in
/// float64; the fast and the plain version of each.
struct LanguageKernelTests {
  /// Float32 sums of up to 600 products of numbers below 1.
  static let tolerance = 3e-5

  @Test(arguments: [(1, 16, 33), (1, 50, 600), (7, 17, 300), (13, 64, 64), (200, 20, 257)])
  func panelProduct(m: Int, n: Int, k: Int) {
    let a = Reference.values(m * k, seed: 1)
    let w = Reference.values(n * k, seed: 2)
    let count = (n + 15) / 16
    var panels = [Float](repeating: 0, count: count * 16 * k)
    for row in 0..<n {
      for i in 0..<k { panels[(row / 16 * k + i) * 16 + row % 16] = w[row * k + i] }
    }
    let (rows, columns, depth) = (Int64(m), Int64(n), Int64(k))
    for product in [ck_panel_product, ck_panel_product_baseline] {
      var c = [Float](repeating: .nan, count: m * n)
      product(&c, columns, a, depth, panels, rows, columns, depth)
      for i in 0..<m {
        for j in 0..<n {
          let exact = (0..<k).reduce(0.0) { $0 + Double(a[i * k + $1]) * Double(w[j * k + $1]) }
          #expect(abs(Double(c[i * n + j]) - exact) < Self.tolerance)
        }
      }
      var alone = [Float](repeating: .nan, count: n)
      product(&alone, columns, Array(a[(m - 1) * k..<m * k]), depth, panels, 1, columns, depth)
      #expect(alone == Array(c[(m - 1) * n..<m * n]))
    }
    for columns in [ck_panel_columns, ck_panel_columns_baseline] {
      var y = [Float](repeating: .nan, count: 2 * k)
      columns(&y, panels, [Int32(n - 1), 0], 2, depth)
      #expect(y == Array(w[(n - 1) * k..<n * k]) + Array(w[0..<k]))
    }
  }

  /// Blocks with subnormal scales among them, a last group that is not full, more than one group.
  @Test(arguments: [GGUFType.q41, .q80], [(8, 32), (24, 96), (13, 64), (40, 576)])
  func blockProduct(type: GGUFType, size: (rows: Int, columns: Int)) {
    let (rows, columns) = size
    var random = SplitMix64(seed: 3)
    let blocks = columns / 32
    var bytes: [UInt8] = []
    for block in 0..<rows * blocks {
      let scale = Float16(block % 7 == 0 ? 3e-6 : random.unit() * 0.1 - 0.05).bitPattern
      bytes += [UInt8(truncatingIfNeeded: scale), UInt8(scale >> 8)]
      if type == .q41 { bytes += [0x33, UInt8(0xA8 + block % 8)] }
      for _ in 0..<(type == .q41 ? 16 : 32) { bytes.append(UInt8(random.index(below: 256))) }
    }
    let x = Reference.values(columns, seed: 4)
    let (r, c) = (Int64(rows), Int64(columns))
    let isQ4 = type == .q41
    let byteCount = isQ4 ? ck_q4_1_group_bytes(r, c) : ck_q8_0_group_bytes(r, c)
    var groups = [UInt8](repeating: 0xFF, count: Int(byteCount))
    (isQ4 ? ck_q4_1_group : ck_q8_0_group)(&groups, bytes, r, c)
    let weights = QuantizedMatrix(
      type: type, rows: rows, columns: columns,
      bytes: ByteTensor(bytes, shape: [rows, bytes.count / rows])
    ).dequantized().values
    for isBaseline in [false, true] {
      let count = (rows + 15) / 16
      var y = [Float](repeating: .nan, count: count * 16)
      if isQ4 {
        var scaled = [Float](repeating: .nan, count: columns)
        var sums = [Float](repeating: .nan, count: blocks)
        (isBaseline ? ck_block_vector_baseline : ck_block_vector)(&scaled, &sums, x, c)
        (isBaseline ? ck_q4_1_product_baseline : ck_q4_1_product)(
          &y, groups, scaled, sums, Int64(count), c)
      } else {
        (isBaseline ? ck_q8_0_product_baseline : ck_q8_0_product)(&y, groups, x, Int64(count), c)
      }
      for row in 0..<rows {
        let exact = (0..<columns).reduce(0.0) {
          $0 + Double(weights[row * columns + $1]) * Double(x[$1])
        }
        #expect(abs(Double(y[row]) - exact) < Self.tolerance * 5)
      }
      #expect(y[rows...].allSatisfy { $0 == 0 })
    }
  }

  @Test(
    arguments: [(1, 1, 0), (1, 130, 129), (3, 9, 6), (5, 3, -2), (2, 70, 200)], [20, 32, 72])
  func attentionRows(counts: (queries: Int, keys: Int, offset: Int), size: Int) {
    let (queries, keys, offset) = counts
    let heads = 3
    let q = Reference.values(queries * heads * size, seed: 5)
    let k = Reference.values(keys * size, seed: 6)
    let v = Reference.values(keys * size, seed: 7)
    var shape = ck_attention_shape(
      queries: Int64(queries), keys: Int64(keys), heads: Int64(heads), headSize: Int64(size),
      ldq: Int64(heads * size), ldk: Int64(size), ldv: Int64(size), ldo: Int64(heads * size),
      offset: Int64(offset), scale: 0.7)
    var context = ck_attention_context(keys: 0, temperature: 1, scale: 1)
    for attention in [ck_attention_rows, ck_attention_rows_baseline] {
      var o = [Float](repeating: .nan, count: queries * heads * size)
      var p = [Float](repeating: .nan, count: heads * queries * keys)
      attention(&o, &p, q, k, v, &shape, &context)
      for h in 0..<heads {
        for i in 0..<queries {
          let seen = max(0, min(keys, i + offset + 1))
          let query = (i * heads + h) * size
          let scores = (0..<seen).map { j in
            0.7
              * (0..<size).reduce(0.0) {
                $0 + Double(q[query + $1]) * Double(k[j * size + $1])
              }
          }
          let weights = scores.map { exp($0) }
          let total = weights.reduce(0, +)
          for j in 0..<keys {
            let exact = j < seen ? weights[j] / total : 0
            #expect(abs(Double(p[(h * queries + i) * keys + j]) - exact) < Self.tolerance)
          }
          for e in 0..<size {
            let exact = (0..<seen).reduce(0.0) {
              $0 + weights[$1] / total * Double(v[$1 * size + e])
            }
            #expect(abs(Double(o[query + e]) - exact) < Self.tolerance)
          }
        }
      }
    }
  }
}

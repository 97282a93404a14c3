internal import CKernels

/// A quantised matrix with sixteen rows side by side, for products with single vectors: decoding
/// reads every weight once a token, so small weights are fast weights.
///
/// The weights are those of the blocks exactly; only the order of the sums differs from the product
/// with the same weights as floats.
struct BlockGroups: Sendable {
  private static let groupRows = 16

  let rows: Int
  let columns: Int
  private let type: GGUFType
  /// `[groups, bytes]`
  private let bytes: ByteTensor

  /// Matrices one below the other.
  ///
  /// Nil where one is missing, where types differ or are other than Q4_1 and Q8_0, and for rows
  /// that do not fill groups of sixteen.
  init?(stacking matrices: [QuantizedMatrix?]) {
    let found = matrices.compactMap { $0 }
    guard let first = found.first, found.count == matrices.count,
      found.allSatisfy({ $0.type == first.type && $0.columns == first.columns })
    else { return nil }
    let rows = found.reduce(0) { $0 + $1.rows }
    let bytes = ByteTensor([rows, first.rowByteCount]) { target in
      var start = 0
      for matrix in found {
        matrix.bytes.withUnsafeBytes {
          (target + start).update(from: $0, count: matrix.bytes.count)
        }
        start += matrix.bytes.count
      }
    }
    self.init(
      QuantizedMatrix(type: first.type, rows: rows, columns: first.columns, bytes: bytes))
  }

  private init?(_ matrix: QuantizedMatrix) {
    guard matrix.type == .q41 || matrix.type == .q80, matrix.rows % Self.groupRows == 0 else {
      return nil
    }
    (rows, columns, type) = (matrix.rows, matrix.columns, matrix.type)
    let (r, c) = (Int64(rows), Int64(columns))
    let isQ4 = type == .q41
    let count = isQ4 ? ck_q4_1_group_bytes(r, c) : ck_q8_0_group_bytes(r, c)
    bytes = ByteTensor([rows / Self.groupRows, Int(count) / max(1, rows / Self.groupRows)]) { y in
      matrix.bytes.withUnsafeBytes { x in
        if isQ4 { ck_q4_1_group(y, x, r, c) } else { ck_q8_0_group(y, x, r, c) }
      }
    }
  }

  /// Floats of what a product needs of a vector.
  static func preparedCount(_ columns: Int) -> Int { columns + columns / Int(ck_block_weights) }

  /// A vector as products with Q4_1 need it: scaled for the nibbles' places, then its blocks' sums.
  static func prepare(
    _ x: UnsafePointer<Float>, columns: Int, to prepared: UnsafeMutablePointer<Float>
  ) {
    ck_block_vector(prepared, prepared + columns, x, Int64(columns))
  }

  /// y = W x for the rows of some groups; y points at row 0 of the matrix.
  func multiply(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, prepared: UnsafePointer<Float>,
    groups: Range<Int>
  ) {
    bytes.withUnsafeBytes { bytes in
      let start = bytes + groups.lowerBound * self.bytes.rowCount
      let target = y + groups.lowerBound * Self.groupRows
      let count = Int64(groups.count)
      if type == .q41 {
        ck_q4_1_product(
          target, start, prepared, prepared + columns, count, Int64(columns))
      } else {
        ck_q8_0_product(target, start, x, count, Int64(columns))
      }
    }
  }

  var groupCount: Int { rows / Self.groupRows }
  var byteCount: Int { bytes.count }
}

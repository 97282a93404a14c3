internal import CKernels

/// A quantised matrix with eight rows side by side, for products with single vectors: decoding
/// reads every weight once a token, so small weights are fast weights.
///
/// The weights are those of the blocks exactly; only the order of the sums differs from the product
/// with the same weights as floats.
struct BlockGroups: Sendable {
  private static let groupRows = 8

  let rows: Int
  let columns: Int
  private let type: GGUFType
  /// `[groups, bytes]`
  private let bytes: ByteTensor

  /// Nil for types other than Q4_1 and Q8_0, and for rows that do not fill groups of eight.
  init?(_ matrix: QuantizedMatrix) {
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

  /// y = W x for the rows of some groups; y points at the first group's row 0 of the matrix.
  func multiply(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, groups: Range<Int>
  ) {
    bytes.withUnsafeBytes { bytes in
      let start = bytes + groups.lowerBound * self.bytes.rowCount
      let target = y + groups.lowerBound * Self.groupRows
      let (count, columns) = (Int64(groups.count), Int64(columns))
      if type == .q41 {
        ck_q4_1_product(target, start, x, count, columns)
      } else {
        ck_q8_0_product(target, start, x, count, columns)
      }
    }
  }

  var groupCount: Int { rows / Self.groupRows }
  var byteCount: Int { bytes.count }
}

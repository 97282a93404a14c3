/// A matrix whose rows are blocks of quantised weights, as a GGUF file stores them.
///
/// Row `r` takes ``rowByteCount`` bytes from `r * rowByteCount`; blocks never straddle rows. As the
/// weight of a linear layer, `y = W x`, it has `rows` outputs and `columns` inputs.
package struct QuantizedMatrix: Sendable, Equatable {
  package let type: GGUFType
  package let rows: Int
  package let columns: Int
  /// The blocks of all rows, `[rows, rowByteCount]`.
  package let bytes: ByteTensor

  /// - Precondition: rows are whole blocks, and `bytes` holds exactly theirs.
  package init(type: GGUFType, rows: Int, columns: Int, bytes: ByteTensor) {
    precondition(
      columns % type.blockCount == 0
        && bytes.count == rows * (columns / type.blockCount) * type.blockByteCount,
      "quantized matrix: \(bytes.count) bytes for [\(rows), \(columns)] of \(type.name)")
    self.type = type
    self.rows = rows
    self.columns = columns
    self.bytes = bytes
  }

  /// Bytes of one row.
  package var rowByteCount: Int { columns / type.blockCount * type.blockByteCount }

  /// The weights as floats, `[rows, columns]`: exact, the same bits on every machine.
  package func dequantized(lanes: Lanes = Lanes(1)) -> Tensor {
    dequantized(rows: 0..<rows, lanes: lanes)
  }

  /// Some rows as floats, `[range.count, columns]`.
  ///
  /// - Precondition: the range lies in `0..<rows`.
  package func dequantized(rows range: Range<Int>, lanes: Lanes = Lanes(1)) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows,
      "quantized matrix: rows \(range) of \(rows)")
    let blocks = columns / type.blockCount
    return Tensor([range.count, columns]) { y in
      bytes.withUnsafeBytes { x in
        lanes.forEachGroup(of: range.count, floats: columns) { part in
          let first = range.lowerBound + part.lowerBound
          type.dequantize(
            x + first * rowByteCount, count: part.count * blocks,
            to: y + part.lowerBound * columns)
        }
      }
    }
  }

  /// The nearest matrix of Q8_0 blocks: `d = max|w| / 127` of each 32 weights as a half float, and
  /// each weight the nearest multiple of the unrounded d, as other programs round it.
  ///
  /// - Parameters:
  ///   - tensor: `[rows, columns]`.
  ///   - lanes: that share the rows.
  /// - Precondition: rank 2, and columns a multiple of 32.
  package init(roundingToQ8 tensor: Tensor, lanes: Lanes = Lanes(1)) {
    precondition(
      tensor.shape.rank == 2 && tensor.shape[1] % 32 == 0,
      "quantized matrix: Q8_0 of \(tensor.shape), expected [rows, a multiple of 32]")
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let size = GGUFType.q80.blockByteCount
    let bytes = ByteTensor([rows, columns / 32 * size]) { target in
      tensor.withUnsafeFloats { source in
        lanes.forEachGroup(of: rows * columns / 32, floats: 32) { blocks in
          for block in blocks {
            Self.roundBlock(source + block * 32, to: target + block * size)
          }
        }
      }
    }
    self.init(type: .q80, rows: rows, columns: columns, bytes: bytes)
  }

  private static func roundBlock(_ w: UnsafePointer<Float>, to y: UnsafeMutablePointer<UInt8>) {
    var largest: Float = 0
    for i in 0..<32 { largest = max(largest, abs(w[i])) }
    let d = largest / 127
    let inverse = d > 0 ? 1 / d : 0
    UnsafeMutableRawPointer(y).storeBytes(of: Float16(d).bitPattern.littleEndian, as: UInt16.self)
    for i in 0..<32 {
      let q = (w[i] * inverse).rounded()
      y[2 + i] = UInt8(bitPattern: Int8(max(-127, min(127, q.isFinite ? q : 0))))
    }
  }
}

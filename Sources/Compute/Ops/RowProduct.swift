internal import CKernels

/// The products of a fully connected layer, cut by rows so that what follows a product (bias,
/// activation, loss) and what precedes its gradients work on rows that are still in cache.
///
/// All of them run on `ck_gemm`, which sums in order of k: a row of the result has the same bits
/// alone and among others. The weight gradient is a sum over groups of rows, added in order.
struct RowProduct {
  let rows: Int
  /// C.
  let inputs: Int
  /// K.
  let outputs: Int
  let lanes: Lanes

  /// Up to this many rows, lanes share the columns instead of the rows.
  private static let fewRows = 96
  /// Rows of a chunk at most, which is what the kernel takes at a time, and where rows are wide.
  /// Shorter chunks would stay in the second-level cache, but the kernel gains more from 192 rows.
  private static let (mostChunkRows, leastChunkRows) = (192, 48)
  /// Floats that a chunk of the widest operand should not exceed, 4 MiB: rows of up to 5,461 floats
  /// come in full chunks, rows from 19,419 on in the shortest ones.
  private static let chunkFloats = 1 << 20
  /// Floats in the sums of all groups, 128 MiB: larger weights have one sum.
  private static let partialFloats = 1 << 25

  init(_ x: Variable, _ weight: Variable, _ bias: Variable?, lanes: Lanes) {
    precondition(
      x.shape.rank == 2 && weight.shape.rank == 2 && x.shape[1] == weight.shape[0]
        && (bias.map { $0.shape == [weight.shape[1]] } ?? true),
      "linear: \(x.shape) x \(weight.shape) + \(bias?.shape.description ?? "nothing")")
    self.init(rows: x.shape[0], inputs: x.shape[1], outputs: weight.shape[1], lanes: lanes)
  }

  init(rows: Int, inputs: Int, outputs: Int, lanes: Lanes) {
    (self.rows, self.inputs, self.outputs, self.lanes) = (rows, inputs, outputs, lanes)
  }

  /// Groups of rows, each with one partial sum of the weight gradient: 1, or an even number up to
  /// 8, so that two lanes get equal shares. Fewer than 384 rows and large weights make one group.
  private var groupCount: Int {
    let most = min(
      8, rows / Self.mostChunkRows, Self.partialFloats / max(1, inputs * outputs))
    return max(1, most / 2 * 2)
  }

  /// Rows of a chunk: all groups have equally many chunks, and all chunks equally many rows; one
  /// group has an even number of chunks. Few rows make shorter chunks than `leastChunkRows`.
  var chunkRows: Int {
    let wide = Self.chunkFloats / max(1, inputs, outputs)
    let largest = max(Self.leastChunkRows, min(Self.mostChunkRows, wide))
    let shares = max(2, groupCount)
    let count = (rows + shares * largest - 1) / (shares * largest) * shares
    return max(6, (rows + count - 1) / max(1, count))
  }

  /// Rows of a group: whole chunks.
  var groupRows: Int {
    let chunks = (rows + chunkRows - 1) / chunkRows
    return max(1, (chunks + groupCount - 1) / groupCount) * chunkRows
  }

  /// Multiply-adds of one product.
  var work: Int { rows * inputs * outputs }

  func forward(_ x: Tensor, _ weight: Tensor, bias: Tensor?, residual: Tensor?) -> Tensor {
    Tensor([rows, outputs]) { y in
      forward(y, x, weight, bias: bias, residual: residual) { _ in }
    }
  }

  /// y = x w (+ bias) (+ residual), then `finish` for the rows of each chunk.
  func forward(
    _ y: UnsafeMutablePointer<Float>, _ x: Tensor, _ weight: Tensor, bias: Tensor?,
    residual: Tensor?, finish: (Range<Int>) -> Void
  ) {
    Tensor.withUnsafeFloats(x, weight) { x, w in
      Tensor.withUnsafeFloats(bias ?? weight, residual ?? weight) { b, r in
        func end(_ part: Range<Int>) {
          let start = part.lowerBound * outputs
          ck_finish_rows(
            y + start, bias == nil ? nil : b, residual == nil ? nil : r + start,
            Int64(part.count), Int64(outputs))
          finish(part)
        }
        if rows <= Self.fewRows {
          multiplyByColumns(y, x, w)
          end(0..<rows)
        } else {
          lanes.forEachChunk(of: rows, size: chunkRows, work: work) { _, part in
            multiply(y + part.lowerBound * outputs, x + part.lowerBound * inputs, w, part.count)
            end(part)
          }
        }
      }
    }
  }

  /// y = x w for `count` rows.
  func multiply(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    _ count: Int
  ) {
    let (n, k) = (Int64(outputs), Int64(inputs))
    ck_gemm(y, n, x, k, w, n, Int64(count), n, k, false)
  }

  private func multiplyByColumns(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>
  ) {
    let (n, k) = (Int64(outputs), Int64(inputs))
    lanes.forEachChunk(of: outputs, size: max(64, (outputs / 8 + 15) / 16 * 16), work: work) {
      _, part in
      ck_gemm(
        y + part.lowerBound, n, x, k, w + part.lowerBound, n, Int64(rows), Int64(part.count), k,
        false)
    }
  }
}

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
  /// Floats in the widest operand of a chunk, 4 MiB: only vocabularies reach it. Shorter chunks
  /// would stay in the second-level cache, but the kernel gains more from 192 rows than they do.
  private static let chunkFloats = 1 << 20
  /// Floats in the partial sums of a weight gradient: 128 MiB.
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

  /// Rows of a chunk: a multiple of the kernel's six rows, 48 to 192, in an even number of equal
  /// chunks.
  var chunkRows: Int {
    let largest = max(48, min(192, Self.chunkFloats / max(1, inputs, outputs) / 6 * 6))
    let count = (rows + 2 * largest - 1) / (2 * largest) * 2
    return max(6, ((rows + count - 1) / max(1, count) + 5) / 6 * 6)
  }

  /// Rows of a group, which has one partial sum of the weight gradient: at most eight groups, each
  /// of whole chunks.
  var groupRows: Int {
    let count = max(1, min(8, rows / 192, Self.partialFloats / max(1, inputs * outputs)))
    let chunks = (rows + chunkRows - 1) / chunkRows
    return max(1, (chunks + count - 1) / count) * chunkRows
  }

  /// Multiply-adds of one product.
  var work: Int { rows * inputs * outputs }

  // MARK: Forward

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

  // MARK: Backward

  typealias Parts = (dx: Tensor?, dw: Tensor?, db: Tensor?)

  /// Gradients from dy `[rows, outputs]`, of which `prepare` makes each chunk's rows ready just
  /// before they are used.
  func backward(
    _ dy: inout Tensor, _ x: Tensor, _ weight: Tensor, needs: (input: Bool, weight: Bool),
    prepare: (UnsafeMutablePointer<Float>, Range<Int>) -> Void = { _, _ in }
  ) -> Parts {
    dy.withUnsafeMutableFloats { dy in
      gradients(x, weight, needs: needs, scratchPerLane: 0) { part, _ in
        let start = dy + part.lowerBound * outputs
        prepare(dy, part)
        return UnsafePointer(start)
      }
    }
  }

  /// Gradients where dy is made chunk by chunk.
  ///
  /// - Parameters:
  ///   - x: `[rows, inputs]`.
  ///   - weight: `[inputs, outputs]`.
  ///   - needs: which gradients are wanted; that of the bias comes with that of the weight.
  ///   - scratchPerLane: floats that `rowGradients` may write.
  ///   - rowGradients: gives dy of a chunk's rows.
  /// - Returns: what was asked for.
  func gradients(
    _ x: Tensor, _ weight: Tensor, needs: (input: Bool, weight: Bool), scratchPerLane: Int,
    rowGradients: (Range<Int>, UnsafeMutablePointer<Float>) -> UnsafePointer<Float>
  ) -> Parts {
    let groups = max(1, (rows + groupRows - 1) / groupRows)
    let sizes = (weight: inputs * outputs, turned: inputs * chunkRows)
    let laneFloats = sizes.turned + scratchPerLane
    var dx = needs.input ? Tensor(uninitialized: x.shape) : nil
    var dw = needs.weight ? firstSums(weight.shape) : nil
    var db = needs.weight ? firstSums([outputs]) : nil
    withScratch(floats: needs.weight ? (groups - 1) * (sizes.weight + outputs) : 0) { partials in
      withScratch(floats: laneFloats * lanes.numberCount) { scratch in
        withTurned(weight, isNeeded: needs.input) { turned in
          x.withUnsafeFloats { x in
            withOptional(&dx) { dx in
              withOptional(&dw) { dw in
                withOptional(&db) { db in
                  lanes.forEachChunk(of: rows, size: groupRows, work: 2 * work) {
                    lane, group, part in
                    let own = scratch + lane * laneFloats
                    let sums = partials + (group - 1) * (sizes.weight + outputs)
                    let target = group == 0 ? (dw, db) : (sums, sums + sizes.weight)
                    for start in stride(from: part.lowerBound, to: part.upperBound, by: chunkRows) {
                      let chunk = start..<min(part.upperBound, start + chunkRows)
                      let dy = rowGradients(chunk, own + sizes.turned)
                      if let dx { multiplyBack(dx + start * inputs, dy, turned, chunk.count) }
                      if needs.weight, let dw = target.0, let db = target.1 {
                        addWeightGradient(
                          dw, db, x + start * inputs, dy, turned: own, chunk.count,
                          isFirst: start == part.lowerBound)
                      }
                    }
                  }
                  if let dw, let db { addPartials(partials, count: groups - 1, to: dw, db) }
                }
              }
            }
          }
        }
      }
    }
    return (dx, dw, db)
  }

  /// dx = dy w^T for `count` rows, with w^T given.
  private func multiplyBack(
    _ dx: UnsafeMutablePointer<Float>, _ dy: UnsafePointer<Float>, _ turned: UnsafePointer<Float>,
    _ count: Int
  ) {
    let (n, k) = (Int64(inputs), Int64(outputs))
    ck_gemm(dx, n, dy, k, turned, n, Int64(count), n, k, false)
  }

  /// dw (+)= x^T dy and db (+)= column sums of `count` rows.
  private func addWeightGradient(
    _ dw: UnsafeMutablePointer<Float>, _ db: UnsafeMutablePointer<Float>,
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, turned: UnsafeMutablePointer<Float>,
    _ count: Int, isFirst: Bool
  ) {
    let (m, n, k) = (Int64(inputs), Int64(outputs), Int64(count))
    ck_column_sums(db, dy, k, n, !isFirst)
    // Rows that lie a multiple of 4 KiB apart share few lines of the first-level cache.
    guard inputs % 1024 == 0 else {
      return ck_gemm_tn(dw, n, x, m, dy, n, m, n, k, !isFirst)
    }
    ck_transpose_rows(turned, k, x, m, k, m)
    ck_gemm(dw, n, turned, k, dy, n, m, n, k, !isFirst)
  }

  /// Where the first group's sums go: its first chunk overwrites them, if there is one.
  private func firstSums(_ shape: Shape) -> Tensor {
    rows == 0 ? Tensor(zeros: shape) : Tensor(uninitialized: shape)
  }

  private func addPartials(
    _ partials: UnsafePointer<Float>, count: Int, to dw: UnsafeMutablePointer<Float>,
    _ db: UnsafeMutablePointer<Float>
  ) {
    let size = inputs * outputs
    lanes.forEachPiece(of: count == 0 ? 0 : size) { start, length in
      for part in 0..<count {
        ck_axpy(dw + start, partials + part * (size + outputs) + start, 1, Int64(length))
      }
    }
    for part in 0..<count {
      ck_axpy(db, partials + part * (size + outputs) + size, 1, Int64(outputs))
    }
  }

  /// Lends w^T `[outputs, inputs]`, or w itself where nobody needs it.
  private func withTurned(
    _ weight: Tensor, isNeeded: Bool, _ body: (UnsafePointer<Float>) -> Void
  ) {
    weight.withUnsafeFloats { w in
      guard isNeeded else { return body(w) }
      withScratch(floats: weight.count) { turned in
        lanes.forEachChunk(of: outputs, size: 64, work: weight.count) { _, part in
          ck_transpose_rows(
            turned + part.lowerBound * inputs, Int64(inputs), w + part.lowerBound, Int64(outputs),
            Int64(inputs), Int64(part.count))
        }
        body(UnsafePointer(turned))
      }
    }
  }

  private func withOptional(
    _ tensor: inout Tensor?, _ body: (UnsafeMutablePointer<Float>?) -> Void
  ) {
    if tensor?.withUnsafeMutableFloats({ body($0) }) == nil { body(nil) }
  }
}

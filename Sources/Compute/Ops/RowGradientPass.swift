internal import CKernels

/// The way back of one `RowProduct`: where its operands lie and where its gradients go.
struct RowGradientPass {
  /// Gives dy of a chunk's rows; it may write it to the scratch that it gets.
  typealias Source = (Range<Int>, UnsafeMutablePointer<Float>) -> UnsafePointer<Float>

  /// A chunk whose dy is ready.
  private struct Chunk {
    let rows: Range<Int>
    let dy: UnsafePointer<Float>
    /// Its x^T, where that is made.
    let turned: UnsafeMutablePointer<Float>
  }

  /// Chunks whose dy is kept at the same time where one sum takes all rows.
  private static let waveChunks = 4
  /// Floats of a part of dw that stays in the second-level cache while a wave is added to it.
  private static let partFloats = 1 << 17

  let product: RowProduct
  let x: UnsafePointer<Float>
  /// w^T, where dx is wanted.
  let turnedWeight: UnsafePointer<Float>
  let dx: UnsafeMutablePointer<Float>?
  let dw: UnsafeMutablePointer<Float>?
  let db: UnsafeMutablePointer<Float>?
  /// Floats that the source of dy may write.
  let scratchFloats: Int

  private var rows: Int { product.rows }
  private var inputs: Int { product.inputs }
  private var outputs: Int { product.outputs }
  private var lanes: Lanes { product.lanes }

  /// Rows of x that lie a multiple of 4 KiB apart share few lines of the first-level cache.
  private var turnsInput: Bool { dw != nil && inputs % 1024 == 0 }
  private var turnedFloats: Int { turnsInput ? inputs * product.chunkRows : 0 }
  private var chunkFloats: Int { turnedFloats + scratchFloats }

  // MARK: Groups of rows

  /// Shares groups of rows. Each has sums of its own, which are then added in order.
  func runInGroups(of groupRows: Int, _ source: Source) {
    let groups = (rows + groupRows - 1) / groupRows
    let weightFloats = dw == nil ? 0 : inputs * outputs
    let sumFloats = weightFloats + (db == nil ? 0 : outputs)
    withScratch(floats: max(0, groups - 1) * sumFloats) { partials in
      withScratch(floats: chunkFloats * lanes.numberCount) { scratch in
        lanes.forEachChunk(of: rows, size: groupRows, work: 2 * product.work) { lane, group, part in
          let own = partials + max(0, group - 1) * sumFloats
          let sums = group == 0 ? (dw, db) : (own, own + weightFloats)
          for start in stride(from: part.lowerBound, to: part.upperBound, by: product.chunkRows) {
            let chunk = chunk(
              start..<min(part.upperBound, start + product.chunkRows), source,
              scratch + lane * chunkFloats)
            let isFirst = start == part.lowerBound
            if db != nil, let db = sums.1 { addBiasGradient(db, chunk, isFirst: isFirst) }
            if dw != nil, let dw = sums.0 {
              addWeightGradient(dw, chunk, (0..<inputs, 0..<outputs), isFirst: isFirst)
            }
          }
        }
      }
      for group in 0..<max(0, groups - 1) {
        let sums = UnsafePointer(partials + group * sumFloats)
        if let db { ck_axpy(db, sums + weightFloats, 1, Int64(outputs)) }
      }
      guard let dw, groups > 1 else { return }
      lanes.forEachPiece(of: weightFloats) { start, length in
        for group in 0..<groups - 1 {
          ck_axpy(dw + start, partials + group * sumFloats + start, 1, Int64(length))
        }
      }
    }
  }

  // MARK: Waves

  /// Takes a few chunks at a time: lanes share the chunks to make dy and dx, then the parts of dw
  /// to add these chunks in order. The bits are those of one group.
  func runInWaves(_ dw: UnsafeMutablePointer<Float>, _ source: Source) {
    let size = product.chunkRows
    let chunks = min(Self.waveChunks, (rows + size - 1) / size)
    withScratch(floats: chunks * chunkFloats) { scratch in
      for first in stride(from: 0, to: rows, by: Self.waveChunks * size) {
        let count = min(rows - first, Self.waveChunks * size)
        let work = count * inputs * outputs
        let wave = lanes.mapChunks(of: count, size: size, work: work) { index, part in
          chunk(
            first + part.lowerBound..<first + part.upperBound, source,
            scratch + index * chunkFloats)
        }
        share(dw, wave, isFirst: first == 0, work: work)
      }
    }
  }

  /// Adds a wave to dw, whose longer side is cut, and to db.
  private func share(
    _ dw: UnsafeMutablePointer<Float>, _ wave: [Chunk], isFirst: Bool, work: Int
  ) {
    let (cutsOutputs, long, short) =
      outputs >= inputs ? (true, outputs, inputs) : (false, inputs, outputs)
    let size = max(48, min(Self.partFloats / max(1, short), long / 8) / 48 * 48)
    lanes.forEachChunk(of: long, size: size, work: work) { _, part in
      let block = cutsOutputs ? (0..<inputs, part) : (part, 0..<outputs)
      for (index, chunk) in wave.enumerated() {
        addWeightGradient(dw, chunk, block, isFirst: isFirst && index == 0)
        if let db, part.lowerBound == 0 {
          addBiasGradient(db, chunk, isFirst: isFirst && index == 0)
        }
      }
    }
  }

  // MARK: One chunk

  /// Makes a chunk's dy, its dx and, where it is needed, its x^T.
  private func chunk(
    _ rows: Range<Int>, _ source: Source, _ scratch: UnsafeMutablePointer<Float>
  ) -> Chunk {
    let dy = source(rows, scratch + turnedFloats)
    let (m, k, count) = (Int64(inputs), Int64(outputs), Int64(rows.count))
    if let dx {
      ck_gemm(dx + rows.lowerBound * inputs, m, dy, k, turnedWeight, m, count, m, k, false)
    }
    if turnsInput {
      ck_transpose_rows(scratch, count, x + rows.lowerBound * inputs, m, count, m)
    }
    return Chunk(rows: rows, dy: dy, turned: scratch)
  }

  /// A block of dw (+)= x^T dy of a chunk.
  private func addWeightGradient(
    _ dw: UnsafeMutablePointer<Float>, _ chunk: Chunk,
    _ block: (rows: Range<Int>, columns: Range<Int>),
    isFirst: Bool
  ) {
    let (m, n, k) = (
      Int64(block.rows.count), Int64(block.columns.count), Int64(chunk.rows.count)
    )
    let stride = Int64(outputs)
    let target = dw + block.rows.lowerBound * outputs + block.columns.lowerBound
    let dy = chunk.dy + block.columns.lowerBound
    if turnsInput {
      let turned = chunk.turned + block.rows.lowerBound * chunk.rows.count
      ck_gemm(target, stride, turned, k, dy, stride, m, n, k, !isFirst)
    } else {
      let x = x + chunk.rows.lowerBound * inputs + block.rows.lowerBound
      ck_gemm_tn(target, stride, x, Int64(inputs), dy, stride, m, n, k, !isFirst)
    }
  }

  /// db (+)= column sums of a chunk's dy.
  private func addBiasGradient(
    _ db: UnsafeMutablePointer<Float>, _ chunk: Chunk, isFirst: Bool
  ) {
    ck_column_sums(db, chunk.dy, Int64(chunk.rows.count), Int64(outputs), !isFirst)
  }
}

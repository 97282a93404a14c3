internal import CKernels

/// With which form of the weights a product is computed.
package enum WeightForm: String, Sendable, CaseIterable {
  /// The weights as floats: the reference, and the form of all results.
  case floats
  /// Single rows with the quantised blocks: a fifth of the memory traffic; the same weights, the
  /// sums in another order. Several rows, and weights without blocks, take the floats.
  case blocks
}

/// The weight of a linear layer, y = x W^T, packed for inference.
///
/// Rows of x have the same bits alone and among others, on any number of lanes.
struct PackedMatrix: Sendable {
  private static let panelColumns = 16
  /// Up to this many rows, lanes share the outputs instead of the rows.
  private static let fewRows = 96
  /// Chunks of a product with blocks: enough that lanes end together, few enough that each still
  /// reads a long stream.
  private static let blockChunks = 8
  /// Rows of a chunk: what the kernel takes at a time.
  private static let chunkRows = 192

  let inputs: Int
  let outputs: Int
  /// `[panels, inputs, 16]`
  private let panels: Tensor
  /// The same weights quantised, where they are.
  private let blocks: BlockGroups?

  /// Packs matrices `[outputs, inputs]` with equal inputs one below the other.
  ///
  /// - Parameters:
  ///   - matrices: as floats.
  ///   - blocks: the same in blocks, where all have them.
  ///   - lanes: cores to use.
  init(_ matrices: [Tensor], blocks: [QuantizedMatrix?], lanes: Lanes) {
    let inputs = matrices[0].shape[1]
    precondition(
      matrices.allSatisfy { $0.shape[1] == inputs }, "packed matrix: parts of unequal inputs")
    let outputs = matrices.reduce(0) { $0 + $1.shape[0] }
    let stacked =
      matrices.count == 1
      ? matrices[0] : Tensor(concatenatingRows: matrices, rowShape: [inputs])
    let count = (outputs + Self.panelColumns - 1) / Self.panelColumns
    panels = Tensor([count, inputs, Self.panelColumns]) { panels in
      stacked.withUnsafeFloats { w in
        lanes.forEachChunk(of: count, size: 16, work: stacked.count) { _, part in
          for panel in part {
            Self.pack(panels, w, panel: panel, inputs: inputs, outputs: outputs)
          }
        }
      }
    }
    self.inputs = inputs
    self.outputs = outputs
    self.blocks = BlockGroups(stacking: blocks)
  }

  private static func pack(
    _ panels: UnsafeMutablePointer<Float>, _ w: UnsafePointer<Float>, panel: Int, inputs: Int,
    outputs: Int
  ) {
    let target = panels + panel * inputs * panelColumns
    let first = panel * panelColumns
    let rows = min(panelColumns, outputs - first)
    if rows < panelColumns { target.update(repeating: 0, count: inputs * panelColumns) }
    ck_transpose_rows(
      target, Int64(panelColumns), w + first * inputs, Int64(inputs), Int64(rows), Int64(inputs))
  }

  /// Whether single rows can be multiplied with blocks.
  var hasBlocks: Bool { blocks != nil }

  /// Rows of W by number, as an embedding: `[ids.count, inputs]`.
  ///
  /// - Precondition: ids in `0..<outputs`.
  func rows(_ ids: [Int32], lanes: Lanes) -> Tensor {
    Tensor([ids.count, inputs]) { y in
      panels.withUnsafeFloats { panels in
        ids.withUnsafeBufferPointer { ids in
          guard let base = ids.baseAddress else { return }
          lanes.forEachGroup(of: ids.count, floats: inputs) { part in
            ck_panel_columns(
              y + part.lowerBound * inputs, panels, base + part.lowerBound, Int64(part.count),
              Int64(inputs))
          }
        }
      }
    }
  }

  /// x W^T of `[rows, inputs]`: `[rows, outputs]`.
  func product(_ x: Tensor, form: WeightForm, lanes: Lanes) -> Tensor {
    precondition(
      x.shape.rank == 2 && x.shape[1] == inputs,
      "packed matrix: \(x.shape) for \(inputs) inputs and \(outputs) outputs")
    let rows = x.shape[0]
    return Tensor([rows, outputs]) { y in
      x.withUnsafeFloats { x in
        if form == .blocks, rows == 1, let blocks {
          multiply(y, x, blocks: blocks, lanes: lanes)
        } else {
          multiplyFloats(y, x, rows: rows, lanes: lanes)
        }
      }
    }
  }

  private func multiply(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, blocks: BlockGroups, lanes: Lanes
  ) {
    withScratch(floats: BlockGroups.preparedCount(inputs)) { prepared in
      BlockGroups.prepare(x, columns: inputs, to: prepared)
      let size = max(1, blocks.groupCount / Self.blockChunks)
      lanes.forEachChunk(of: blocks.groupCount, size: size, work: outputs * inputs) { _, groups in
        blocks.multiply(y, x, prepared: prepared, groups: groups)
      }
    }
  }

  private func multiplyFloats(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, rows: Int, lanes: Lanes
  ) {
    let work = rows * inputs * outputs
    func multiply(_ rows: Range<Int>, _ columns: Range<Int>, _ w: UnsafePointer<Float>) {
      ck_panel_product(
        y + rows.lowerBound * outputs + columns.lowerBound, Int64(outputs),
        x + rows.lowerBound * inputs, Int64(inputs), w + columns.lowerBound * inputs,
        Int64(rows.count), Int64(columns.count), Int64(inputs))
    }
    panels.withUnsafeFloats { w in
      if rows <= Self.fewRows {
        let width = Self.panelColumns
        let size = max(64, (outputs / 8 + width - 1) / width * width)
        lanes.forEachChunk(of: outputs, size: size, work: work) { _, columns in
          multiply(0..<rows, columns, w)
        }
      } else {
        // Nearly equal chunks, an even number of them.
        let count = (rows + 2 * Self.chunkRows - 1) / (2 * Self.chunkRows) * 2
        let size = ((rows + count - 1) / count + 5) / 6 * 6
        lanes.forEachChunk(of: rows, size: size, work: work) { _, rows in
          multiply(rows, 0..<outputs, w)
        }
      }
    }
  }
}

internal import CKernels

extension Tape {
  /// Rows of a table by number.
  ///
  ///     y[r, :] = table[ids[r], :]        dtable[id, :] = sum over r with ids[r] = id of dy[r, :]
  ///
  /// On the way back each lane takes columns and goes through all rows in order, so that rows with
  /// one id add in one order on any number of lanes.
  ///
  /// - Parameters:
  ///   - table: `[V, C]`.
  ///   - ids: rows of the table, in 0 ..< V.
  /// - Returns: `[ids.count, C]`.
  package func embedding(_ table: Variable, ids: [Int32]) -> Variable {
    let shape = table.shape
    precondition(shape.rank == 2, "embedding: table \(shape), expected [entries, columns]")
    precondition(
      ids.allSatisfy { $0 >= 0 && $0 < shape[0] }, "embedding: an id is outside 0 ..< \(shape[0])")
    let (lanes, columns) = (lanes, shape[1])
    let y = Tensor([ids.count, columns]) { y in
      table.value.withUnsafeFloats { table in
        ids.withUnsafeBufferPointer { ids in
          guard let base = ids.baseAddress else { return }
          lanes.forEachGroup(of: ids.count, floats: columns) { rows in
            ck_embedding(
              y + rows.lowerBound * columns, table, base + rows.lowerBound, Int64(rows.count),
              Int64(columns))
          }
        }
      }
    }
    return record(y, from: [table]) { gradient in
      var dTable = Tensor(zeros: shape)
      dTable.withUnsafeMutableFloats { dTable in
        gradient.withUnsafeFloats { dy in
          ids.withUnsafeBufferPointer { ids in
            guard let base = ids.baseAddress else { return }
            lanes.forEachChunk(of: columns, size: 32, work: ids.count * columns) { _, part in
              ck_embedding_grad(
                dTable, dy, base, Int64(ids.count), Int64(columns), Int64(part.lowerBound),
                Int64(part.upperBound))
            }
          }
        }
      }
      return [dTable]
    }
  }
}

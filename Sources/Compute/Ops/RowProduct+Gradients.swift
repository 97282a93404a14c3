internal import CKernels

extension RowProduct {
  /// Which gradients are wanted.
  typealias Needs = (input: Bool, weight: Bool, bias: Bool)
  /// The gradients that were wanted.
  typealias Gradients = (dx: Tensor?, dw: Tensor?, db: Tensor?)

  /// Gradients from dy `[rows, outputs]`.
  func gradients(from dy: Tensor, _ x: Tensor, _ weight: Tensor, needs: Needs) -> Gradients {
    dy.withUnsafeFloats { dy in
      gradients(x, weight, needs: needs) { rows, _ in dy + rows.lowerBound * outputs }
    }
  }

  /// Gradients where dy is made chunk by chunk.
  ///
  /// - Parameters:
  ///   - x: `[rows, inputs]`.
  ///   - weight: `[inputs, outputs]`.
  ///   - needs: which are wanted.
  ///   - scratchFloats: floats that `rowGradients` may write.
  ///   - rowGradients: gives dy of a chunk's rows, once for each chunk and for several at the same
  ///     time; what it points at stays until the gradients are done or its scratch is lent again.
  /// - Returns: what was asked for.
  func gradients(
    _ x: Tensor, _ weight: Tensor, needs: Needs, scratchFloats: Int = 0,
    rowGradients: RowGradientPass.Source
  ) -> Gradients {
    var dx = needs.input ? Tensor(uninitialized: x.shape) : nil
    var dw = needs.weight ? firstSums(weight.shape) : nil
    var db = needs.bias ? firstSums([outputs]) : nil
    withTurned(weight, isNeeded: needs.input) { turned in
      x.withUnsafeFloats { x in
        withOptional(&dx) { dx in
          withOptional(&dw) { dw in
            withOptional(&db) { db in
              let pass = RowGradientPass(
                product: self, x: x, turnedWeight: turned, dx: dx, dw: dw, db: db,
                scratchFloats: scratchFloats)
              if let dw, rows <= groupRows {
                pass.runInWaves(dw, rowGradients)
              } else {
                pass.runInGroups(of: dw == nil ? chunkRows : groupRows, rowGradients)
              }
            }
          }
        }
      }
    }
    return (dx, dw, db)
  }

  /// Where the first sums go: the first chunk overwrites them, if there is one.
  private func firstSums(_ shape: Shape) -> Tensor {
    rows == 0 ? Tensor(zeros: shape) : Tensor(uninitialized: shape)
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

internal import CKernels

extension Tape {
  /// Squares of an image as rows, for a linear layer to embed.
  ///
  ///     y[n, (i, j), (r, s, c)] = x[n, i P + r, j P + s, c]        the gradient goes back in place
  ///
  /// - Parameters:
  ///   - images: `[N, H, W, C]`, H and W multiples of P.
  ///   - size: P, the side of a square.
  /// - Returns: `[N (H/P) (W/P), P P C]`, squares in reading order.
  package func patches(_ images: Variable, size: Int) -> Variable {
    let shape = images.shape
    precondition(
      shape.rank == 4 && size >= 1 && shape[1] % size == 0 && shape[2] % size == 0,
      "patches: images \(shape) in squares of \(size)")
    let grid = (rows: shape[1] / size, columns: shape[2] / size)
    let run = size * shape[3]
    let lanes = self.lanes
    /// Gives every run of `size` pixels its place in the image and in the patches.
    func forEachRun(_ body: (_ image: Int, _ patch: Int) -> Void) {
      lanes.forEachGroup(of: shape[0], floats: shape.count / max(1, shape[0])) { images in
        for n in images {
          for row in 0..<shape[1] {
            for column in 0..<grid.columns {
              let patch = (n * grid.rows + row / size) * grid.columns + column
              body(
                ((n * shape[1] + row) * shape[2] + column * size) * shape[3],
                (patch * size + row % size) * run)
            }
          }
        }
      }
    }
    let result: Shape = [shape[0] * grid.rows * grid.columns, size * run]
    let y = Tensor(result) { y in
      images.value.withUnsafeFloats { x in
        forEachRun { (y + $1).update(from: x + $0, count: run) }
      }
    }
    return record(y, from: [images]) { gradient in
      [
        Tensor(shape) { dx in
          gradient.withUnsafeFloats { dy in
            forEachRun { (dx + $0).update(from: dy + $1, count: run) }
          }
        }
      ]
    }
  }

  /// Sequences with learned positions, and with a class token in front where there is one.
  ///
  ///     y[n, 0] = token + position[0],   y[n, t] = x[n, t - 1] + position[t]
  ///
  /// Without token `y[n, t] = x[n, t] + position[t]`. Gradients of token and positions are sums
  /// over the sequences, in order.
  ///
  /// - Parameters:
  ///   - x: `[N T', C]`, T' = T - 1 with a token, else T.
  ///   - positions: `[T, C]`.
  ///   - classToken: `[C]`.
  /// - Returns: `[N T, C]`.
  package func positioned(
    _ x: Variable, positions: Variable, classToken: Variable? = nil
  ) -> Variable {
    precondition(
      positions.shape.rank == 2, "positioned: positions \(positions.shape), expected [T, C]")
    let (length, width) = (positions.shape[0], positions.shape[1])
    let lead = classToken == nil ? 0 : 1
    precondition(
      x.shape.rank == 2 && x.shape[1] == width && length > lead
        && x.shape[0] % (length - lead) == 0 && (classToken.map { $0.shape == [width] } ?? true),
      "positioned: \(x.shape), positions \(positions.shape), "
        + "token \(classToken?.shape.description ?? "none")")
    let batch = x.shape[0] / (length - lead)
    let size = (length * width, inner: (length - lead) * width)
    let (shape, lanes) = (x.shape, self.lanes)
    let y = Tensor([batch * length, width]) { y in
      Tensor.withUnsafeFloats(x.value, positions.value, classToken?.value ?? positions.value) {
        x, positions, token in
        lanes.forEachGroup(of: batch, floats: size.0) { sequences in
          for n in sequences {
            let target = y + n * size.0
            target.update(from: token, count: lead * width)
            (target + lead * width).update(from: x + n * size.inner, count: size.inner)
            for i in 0..<size.0 { target[i] += positions[i] }
          }
        }
      }
    }
    return record(y, from: [x, positions] + (classToken.map { [$0] } ?? [])) { gradient in
      let dx = Tensor(shape) { dx in
        gradient.withUnsafeFloats { dy in
          lanes.forEachGroup(of: batch, floats: size.0) { sequences in
            for n in sequences {
              (dx + n * size.inner).update(
                from: dy + n * size.0 + lead * width, count: size.inner)
            }
          }
        }
      }
      let flat = gradient.reshaped([batch, size.0])
      let dPositions = flat.columnSums().reshaped([length, width])
      return [dx, dPositions] + (lead == 1 ? [dPositions.view(at: 0, shape: [width])] : [])
    }
  }

  /// The transpose of a matrix; so is the gradient.
  ///
  /// - Parameter x: `[rows, columns]`.
  /// - Returns: `[columns, rows]`.
  package func transposed(_ x: Variable) -> Variable {
    let lanes = self.lanes
    return record(x.value.transposed(lanes: lanes), from: [x]) { gradient in
      [gradient.transposed(lanes: lanes)]
    }
  }
}

extension Tensor {
  /// The sum of all rows of `[rows, columns]`: `[columns]`.
  fileprivate func columnSums() -> Tensor {
    Tensor([shape[1]]) { target in
      withUnsafeFloats { ck_column_sums(target, $0, Int64(shape[0]), Int64(shape[1]), false) }
    }
  }

  /// `[columns, rows]` of `[rows, columns]`.
  func transposed(lanes: Lanes) -> Tensor {
    precondition(shape.rank == 2, "transpose: \(shape), expected a matrix")
    let (rows, columns) = (shape[0], shape[1])
    return Tensor([columns, rows]) { y in
      withUnsafeFloats { x in
        lanes.forEachChunk(of: columns, size: 64, work: count) { _, part in
          ck_transpose_rows(
            y + part.lowerBound * rows, Int64(rows), x + part.lowerBound, Int64(columns),
            Int64(rows), Int64(part.count))
        }
      }
    }
  }
}

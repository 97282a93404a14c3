internal import CKernels

extension Tensor {
  /// self += alpha * other, in place.
  ///
  /// - Precondition: equal shapes.
  package mutating func add(_ other: Tensor, times alpha: Float = 1, lanes: Lanes) {
    precondition(shape == other.shape, "add: \(shape) + \(other.shape), shapes differ")
    let count = self.count
    withUnsafeMutableFloats { target in
      other.withUnsafeFloats { source in
        lanes.forEachPiece(of: count) { start, count in
          ck_axpy(target + start, source + start, alpha, Int64(count))
        }
      }
    }
  }

  /// Adds a tensor to the elements that start at `offset`, in place, on the calling thread.
  ///
  /// - Precondition: `offset + other.count <= count`.
  mutating func add(_ other: Tensor, at offset: Int) {
    precondition(offset + other.count <= count, "add: \(other.shape) at \(offset) of \(shape)")
    withUnsafeMutableFloats { target in
      other.withUnsafeFloats { ck_axpy(target + offset, $0, 1, Int64(other.count)) }
    }
  }

  /// Moves the elements that start at `offset` towards others, in place:
  /// `x = (1 - weight) x + weight other`.
  ///
  /// - Precondition: `offset + other.count <= count`.
  mutating func average(_ other: Tensor, at offset: Int, weight: Float) {
    precondition(
      offset + other.count <= count, "average: \(other.shape) at \(offset) of \(shape)")
    withUnsafeMutableFloats { target in
      ck_scale(target + offset, target + offset, 1 - weight, Int64(other.count))
      other.withUnsafeFloats { ck_axpy(target + offset, $0, weight, Int64(other.count)) }
    }
  }

  /// self *= factor, in place.
  package mutating func scale(by factor: Float, lanes: Lanes) {
    let count = self.count
    withUnsafeMutableFloats { target in
      lanes.forEachPiece(of: count) { start, count in
        ck_scale(target + start, target + start, factor, Int64(count))
      }
    }
  }

  /// The elementwise product.
  ///
  /// - Precondition: equal shapes.
  package func multiplied(by other: Tensor, lanes: Lanes) -> Tensor {
    precondition(shape == other.shape, "multiply: \(shape) * \(other.shape), shapes differ")
    return Tensor(shape) { target in
      Tensor.withUnsafeFloats(self, other) { a, b in
        lanes.forEachPiece(of: count) { start, count in
          ck_multiply(target + start, a + start, b + start, Int64(count))
        }
      }
    }
  }
}

extension Tape {
  /// The larger of each element and 0.
  ///
  ///     y = max(x, 0)        dx = dy where y > 0, else 0
  package func relu(_ x: Variable) -> Variable {
    let lanes = self.lanes
    let count = x.value.count
    let y = Tensor(x.shape) { target in
      x.value.withUnsafeFloats { source in
        lanes.forEachPiece(of: count) { start, count in
          ck_relu(target + start, source + start, Int64(count))
        }
      }
    }
    return record(y, from: [x]) { gradient in
      gradient.withUnsafeMutableFloats { target in
        y.withUnsafeFloats { output in
          lanes.forEachPiece(of: count) { start, count in
            ck_relu_grad(target + start, target + start, output + start, Int64(count))
          }
        }
      }
      return [gradient]
    }
  }

  /// The sum of two tensors of one shape.
  ///
  ///     y = a + b            da = db = dy
  ///
  /// - Precondition: equal shapes.
  package func add(_ a: Variable, _ b: Variable) -> Variable {
    var y = a.value
    y.add(b.value, lanes: lanes)
    return record(y, from: [a, b]) { gradient in [gradient, gradient] }
  }

  /// A constant multiple.
  ///
  ///     y = factor * x       dx = factor * dy
  package func scale(_ x: Variable, by factor: Float) -> Variable {
    let lanes = self.lanes
    var y = x.value
    y.scale(by: factor, lanes: lanes)
    return record(y, from: [x]) { gradient in
      gradient.scale(by: factor, lanes: lanes)
      return [gradient]
    }
  }
}

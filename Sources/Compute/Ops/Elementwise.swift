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

  /// Adds a multiple of a tensor to the elements that start at `offset`, in place.
  ///
  /// - Precondition: `offset + other.count <= count`.
  mutating func add(_ other: Tensor, times alpha: Float = 1, at offset: Int, lanes: Lanes) {
    precondition(offset + other.count <= count, "add: \(other.shape) at \(offset) of \(shape)")
    withUnsafeMutableFloats { target in
      other.withUnsafeFloats { source in
        lanes.forEachPiece(of: other.count) { start, count in
          ck_axpy(target + offset + start, source + start, alpha, Int64(count))
        }
      }
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

  /// Scales `count` elements from `offset` on, in place.
  ///
  /// - Precondition: they lie inside.
  mutating func scale(at offset: Int, count: Int, by factor: Float) {
    precondition(
      offset >= 0 && offset + count <= self.count, "scale: \(count) at \(offset) of \(shape)")
    withUnsafeMutableFloats {
      ck_scale($0 + offset, $0 + offset, factor, Int64(count))
    }
  }

  /// Elementwise product.
  fileprivate func times(_ other: Tensor, lanes: Lanes) -> Tensor {
    Tensor(shape) { y in
      Tensor.withUnsafeFloats(self, other) { a, b in
        lanes.forEachPiece(of: count) { start, count in
          for i in start..<start + count { y[i] = a[i] * b[i] }
        }
      }
    }
  }
}

extension Tape {
  /// A constant multiple.
  ///
  ///     y = factor x        dx = factor dy
  ///
  /// - Parameters:
  ///   - x: any shape.
  ///   - factor: any number.
  /// - Returns: the shape of `x`.
  package func scaled(_ x: Variable, by factor: Float) -> Variable {
    var y = x.value
    y.scale(by: factor, lanes: lanes)
    let lanes = self.lanes
    return record(y, from: [x]) { gradient in
      gradient.scale(by: factor, lanes: lanes)
      return [gradient]
    }
  }

  /// The product element by element.
  ///
  ///     y = a b        da = dy b, db = dy a
  ///
  /// - Parameters:
  ///   - a: any shape.
  ///   - b: the same shape.
  /// - Returns: that shape.
  package func product(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "product: \(a.shape) x \(b.shape), shapes differ")
    let (left, right, lanes) = (a.value, b.value, lanes)
    return record(left.times(right, lanes: lanes), from: [a, b]) { gradient in
      [gradient.times(right, lanes: lanes), gradient.times(left, lanes: lanes)]
    }
  }
}

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

  /// Adds a tensor to the elements that start at `offset`, in place.
  ///
  /// - Precondition: `offset + other.count <= count`.
  mutating func add(_ other: Tensor, at offset: Int, lanes: Lanes) {
    precondition(offset + other.count <= count, "add: \(other.shape) at \(offset) of \(shape)")
    withUnsafeMutableFloats { target in
      other.withUnsafeFloats { source in
        lanes.forEachPiece(of: other.count) { start, count in
          ck_axpy(target + offset + start, source + start, 1, Int64(count))
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
}

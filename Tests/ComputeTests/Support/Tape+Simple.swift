import Compute

/// Small ops to test the tape with.
extension Tape {
  /// The larger of each element and 0.
  func relu(_ x: Variable) -> Variable {
    let y = Tensor(x.value.values.map { max($0, 0) }, shape: x.shape)
    return record(y, from: [x]) { gradient in
      gradient.withUnsafeMutableFloats { dx in
        for (index, value) in y.values.enumerated() where value <= 0 { dx[index] = 0 }
      }
      return [gradient]
    }
  }

  /// The sum of two tensors of one shape.
  func add(_ a: Variable, _ b: Variable) -> Variable {
    var y = a.value
    y.add(b.value, lanes: lanes)
    return record(y, from: [a, b]) { gradient in [gradient, gradient] }
  }
}

extension Tape {
  /// The square root of each element, which counts as `floor` where it is smaller.
  ///
  ///     y = sqrt(max(x, floor))        dx = dy / (2 y) where x > floor, else 0
  ///
  /// The floor keeps the gradient finite at 0, as a distance of equal points needs.
  ///
  /// - Parameters:
  ///   - x: any shape.
  ///   - floor: above 0.
  /// - Returns: the shape of `x`.
  package func squareRoot(_ x: Variable, floor: Float) -> Variable {
    precondition(floor > 0, "square root: floor \(floor), which the gradient divides by")
    let input = x.value
    let count = input.count
    let y = Tensor(input.shape) { y in
      input.withUnsafeFloats { x in
        // Not `max(x, floor)`, which would turn NaN into the floor.
        for i in 0..<count { y[i] = (x[i] < floor ? floor : x[i]).squareRoot() }
      }
    }
    return record(y, from: [x]) { gradient in
      gradient.withUnsafeMutableFloats { dx in
        Tensor.withUnsafeFloats(input, y) { x, y in
          for i in 0..<count { dx[i] = x[i] <= floor ? 0 : dx[i] / (2 * y[i]) }
        }
      }
      return [gradient]
    }
  }
}

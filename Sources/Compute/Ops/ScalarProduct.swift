/// The scalar product of two tensors as vectors.
///
///     a . b = sum_i a_i b_i, summed in float64 and in order
///
/// - Precondition: equal counts.
package func dot(_ a: Tensor, _ b: Tensor) -> Float {
  precondition(a.count == b.count, "dot: \(a.shape) . \(b.shape), the counts differ")
  return Tensor.withUnsafeFloats(a, b) { x, y in
    Float((0..<a.count).reduce(0.0) { $0 + Double(x[$1]) * Double(y[$1]) })
  }
}

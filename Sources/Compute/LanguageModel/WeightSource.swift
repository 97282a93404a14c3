/// Where a language model's weights come from, by the names of GGUF files.
package protocol WeightSource: Sendable {
  /// A tensor as floats.
  ///
  /// - Parameters:
  ///   - name: such as `blk.0.attn_q.weight`.
  ///   - shape: what is expected, outermost size first: `[outputs, inputs]` for a matrix.
  ///   - lanes: cores to use.
  /// - Returns: its values.
  /// - Throws: that it is missing or has another shape.
  func tensor(named name: String, shape: [Int], lanes: Lanes) throws -> Tensor

  /// The blocks of a matrix; nil where it is stored as floats.
  func blocks(named name: String, shape: [Int]) throws -> QuantizedMatrix?
}

/// Weights of which some are replaced: a tuned model over the file that it came from, or a whole
/// model in memory where there is no file.
package struct ReplacedWeights: WeightSource {
  package let base: (any WeightSource)?
  package let replacements: [String: Tensor]

  package init(_ replacements: [String: Tensor], over base: (any WeightSource)? = nil) {
    self.base = base
    self.replacements = replacements
  }

  package func tensor(named name: String, shape: [Int], lanes: Lanes) throws -> Tensor {
    if let tensor = replacements[name] {
      precondition(
        tensor.shape.axes == shape, "weights: \(name) is \(tensor.shape), expected \(shape)")
      return tensor
    }
    guard let base else { preconditionFailure("weights: \(name) is missing") }
    return try base.tensor(named: name, shape: shape, lanes: lanes)
  }

  package func blocks(named name: String, shape: [Int]) throws -> QuantizedMatrix? {
    replacements[name] == nil ? try base?.blocks(named: name, shape: shape) : nil
  }
}

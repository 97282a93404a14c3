internal import CKernels

extension Tensor {
  /// The negative log probability of each row's label under the softmax of the row.
  ///
  ///     loss[r] = ln(sum_j e^x[r, j]) - x[r, label[r]]
  ///
  /// - Parameters:
  ///   - labels: one for each row, in 0 ..< classes.
  ///   - lanes: cores to use.
  /// - Returns: `[rows]`, in nats.
  package func crossEntropies(labels: [Int32], lanes: Lanes) -> Tensor {
    crossEntropies(labels: labels, gradientScale: nil, lanes: lanes).losses
  }

  /// Losses, and (softmax - one-hot) * scale when a scale is given.
  fileprivate func crossEntropies(
    labels: [Int32], gradientScale: Float?, lanes: Lanes
  ) -> (losses: Tensor, gradient: Tensor?) {
    precondition(
      shape.rank == 2 && labels.count == shape[0],
      "cross entropy: logits \(shape) with \(labels.count) labels")
    let columns = shape[1]
    precondition(
      labels.allSatisfy { $0 >= 0 && $0 < columns },
      "cross entropy: a label is outside 0 ..< \(columns)")
    var losses = Tensor(uninitialized: [shape[0]])
    func fill(_ gradient: UnsafeMutablePointer<Float>?) {
      losses.withUnsafeMutableFloats { losses in
        withUnsafeFloats { logits in
          labels.withUnsafeBufferPointer { labels in
            lanes.forEachGroup(of: labels.count, floats: columns) { rows in
              let start = rows.lowerBound
              guard let first = labels.baseAddress else { return }
              ck_softmax_cross_entropy(
                losses + start, gradient.map { $0 + start * columns }, logits + start * columns,
                first + start, Int64(rows.count), Int64(columns), gradientScale ?? 0)
            }
          }
        }
      }
    }
    guard gradientScale != nil else {
      fill(nil)
      return (losses, nil)
    }
    let gradient = Tensor(shape) { fill($0) }
    return (losses, gradient)
  }
}

extension Tape {
  /// The mean cross entropy of logits and labels, with the losses of the single rows.
  ///
  ///     mean = (1/N) sum_r loss[r]     dx[r, j] = (softmax(x)[r, j] - [j = label[r]]) / N
  ///
  /// Forward and backward are one pass over the logits.
  ///
  /// - Parameters:
  ///   - logits: `[N, classes]`.
  ///   - labels: N labels in 0 ..< classes.
  /// - Returns: the scalar mean, and `[N]` losses in nats without gradient.
  package func softmaxCrossEntropy(
    _ logits: Variable, labels: [Int32]
  ) -> (mean: Variable, losses: Tensor) {
    let lanes = self.lanes
    let scale = logits.needsGradient ? 1 / Float(max(1, labels.count)) : nil
    let (losses, dx) = logits.value.crossEntropies(
      labels: labels, gradientScale: scale, lanes: lanes)
    let total = losses.withUnsafeFloats { ck_sum($0, Int64(losses.count)) }
    let mean = Tensor(scalar: Float(total / Double(max(1, labels.count))))
    let variable = record(mean, from: [logits]) { gradient in
      guard var dx else { return [nil] }
      let factor = gradient.item
      if factor != 1 { dx.scale(by: factor, lanes: lanes) }
      return [dx]
    }
    return (variable, losses)
  }
}

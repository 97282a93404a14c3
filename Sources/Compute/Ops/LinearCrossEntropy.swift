internal import CKernels

extension Tape {
  /// The label of rows that do not count, as elsewhere.
  package static let ignoredLabel: Int32 = -100

  /// The mean cross entropy of a linear layer's scores, without ever holding all of them: scores,
  /// losses and gradients are made for a few rows at a time.
  ///
  ///     s = x w,   loss[r] = ln(sum_j e^s[r, j]) - s[r, label[r]]
  ///     mean = sum of losses / n,   n the number of labels that count
  ///     ds[r, j] = (softmax(s)[r, j] - [j = label[r]]) / n,   dx = ds w^T,   dw = x^T ds
  ///
  /// The gradients are computed on the way forward, where one is wanted.
  ///
  /// - Parameters:
  ///   - x: `[rows, C]`.
  ///   - weight: `[C, V]`.
  ///   - labels: one for each row, in 0 ..< V, or `ignoredLabel`.
  /// - Returns: the scalar mean (0 if no label counts), and `[rows]` losses in nats without
  ///   gradient, 0 where ignored.
  package func linearCrossEntropy(
    _ x: Variable, weight: Variable, labels: [Int32]
  ) -> (mean: Variable, losses: Tensor) {
    let product = RowProduct(x, weight, nil, lanes: lanes)
    let known = 0..<Int32(product.outputs)
    precondition(
      labels.count == product.rows
        && labels.allSatisfy { known.contains($0) || $0 == Tape.ignoredLabel },
      "linear cross entropy: \(labels.count) labels for \(x.shape) x \(weight.shape), or one is "
        + "outside")
    let counting = max(1, labels.count { $0 >= 0 })
    let needs: RowProduct.Needs =
      isRecording ? (x.needsGradient, weight.needsGradient, false) : (false, false, false)
    var losses = Tensor(uninitialized: [product.rows])
    var parts = losses.withUnsafeMutableFloats { losses in
      product.crossEntropies(
        losses, x.value, weight.value, labels: labels, scale: 1 / Float(counting),
        needs: needs)
    }
    let total = losses.withUnsafeFloats { ck_sum($0, Int64(losses.count)) }
    let mean = Tensor(scalar: Float(total / Double(counting)))
    let lanes = self.lanes
    let variable = record(mean, from: [x, weight]) { gradient in
      let factor = gradient.item
      // Taken, so that they have one owner and scaling copies nothing.
      return [parts.dx.take(), parts.dw.take()].map { part in
        guard var part, factor != 1 else { return part }
        part.scale(by: factor, lanes: lanes)
        return part
      }
    }
    return (variable, losses)
  }
}

extension RowProduct {
  /// Fills in the losses; gives the gradients of their sum times `scale` that are needed.
  fileprivate func crossEntropies(
    _ losses: UnsafeMutablePointer<Float>, _ x: Tensor, _ weight: Tensor, labels: [Int32],
    scale: Float, needs: Needs
  ) -> Gradients {
    let isForwardOnly = !needs.input && !needs.weight
    return Tensor.withUnsafeFloats(x, weight) { source, w in
      labels.withUnsafeBufferPointer { labels in
        guard let labels = labels.baseAddress else { return (nil, nil, nil) }
        return gradients(x, weight, needs: needs, scratchFloats: chunkRows * outputs) {
          rows, scores in
          multiply(scores, source + rows.lowerBound * inputs, w, rows.count)
          ck_softmax_cross_entropy(
            losses + rows.lowerBound, isForwardOnly ? nil : scores, scores,
            labels + rows.lowerBound, Int64(rows.count), Int64(outputs), scale)
          return UnsafePointer(scores)
        }
      }
    }
  }
}

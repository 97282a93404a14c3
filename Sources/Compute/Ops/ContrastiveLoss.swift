import Foundation

extension Tape {
  /// What a batch of matching pairs loses to its mismatches, over rows and over columns.
  ///
  ///     L = e^min(s, limit) I T^T,   P = softmax of rows,   Q = softmax of columns
  ///     loss = -1/(2 B) sum_b (u_b ln P[b, b] + v_b ln Q[b, b])
  ///     dL[b, c] = (u_b (P - 1)[b, c] + v_c (Q - 1)[b, c]) / (2 B),   1 the identity
  ///     dI = e^s dL T,   dT = e^s dL^T I,   ds = sum of dL L where s <= limit, else 0
  ///
  /// - Parameters:
  ///   - image: I, `[B, J]`, rows of length 1.
  ///   - text: T, the same shape; row b belongs to row b.
  ///   - logScale: s, `[1]`.
  ///   - limit: largest s that counts; ln 100 in CLIP.
  ///   - weights: u and v, one number a pair each; 1 if nil.
  /// - Returns: the scalar loss, in nats.
  /// - Source: Radford et al. 2021 (CLIP); weights as in SFF-CLIP's momentum weighting.
  package func contrastiveLoss(
    image: Variable, text: Variable, logScale: Variable, limit: Float = 4.605_170_2,
    weights: (image: [Float], text: [Float])? = nil
  ) -> Variable {
    precondition(
      image.shape.rank == 2 && image.shape == text.shape && logScale.shape == [1],
      "contrastive loss: images \(image.shape), texts \(text.shape), scale \(logScale.shape)")
    let (batch, lanes) = (image.shape[0], lanes)
    precondition(
      weights.map { $0.image.count == batch && $0.text.count == batch } ?? true,
      "contrastive loss: weights do not match \(batch) pairs")
    let (images, texts, s) = (image.value, text.value, logScale.value.item)
    let scale = exp(min(s, limit))
    var logits = images.matrixProduct(texts, transposed: .right, lanes: lanes)
    logits.scale(by: scale, lanes: lanes)
    let rows = logits.softmax(lanes: lanes)
    let columns = logits.transposed(lanes: lanes).softmax(lanes: lanes).transposed(lanes: lanes)
    let u = weights?.image ?? [Float](repeating: 1, count: batch)
    let v = weights?.text ?? [Float](repeating: 1, count: batch)
    var total = 0.0
    let dLogits = Tensor(logits.shape) { d in
      Tensor.withUnsafeFloats(rows, columns) { p, q in
        for b in 0..<batch {
          for c in 0..<batch {
            let i = b * batch + c
            let hit: Float = b == c ? 1 : 0
            d[i] = (u[b] * (p[i] - hit) + v[c] * (q[i] - hit)) / Float(2 * max(1, batch))
          }
          let i = b * batch + b
          // The floor is the least normal float: a probability that rounds to 0 has a finite loss.
          total -= Double(u[b]) * log(Double(max(p[i], .leastNormalMagnitude)))
          total -= Double(v[b]) * log(Double(max(q[i], .leastNormalMagnitude)))
        }
      }
    }
    let loss = Tensor(scalar: Float(total / Double(2 * max(1, batch))))
    return record(loss, from: [image, text, logScale]) { gradient in
      var d = dLogits
      d.scale(by: gradient.item, lanes: lanes)
      let ds = zip(d.values, logits.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      d.scale(by: scale, lanes: lanes)
      return [
        d.matrixProduct(texts, lanes: lanes),
        d.matrixProduct(images, transposed: .left, lanes: lanes),
        Tensor([s <= limit ? Float(ds) : 0]),
      ]
    }
  }
}

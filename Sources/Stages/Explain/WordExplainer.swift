import Compute

/// Which words of texts made them match images: one value for each token.
package struct WordExplainer {
  package struct Settings: Sendable, Equatable {
    /// Which positions the loosened weight is scaled over.
    package enum NormRange: String, Sendable, CaseIterable {
      /// All, padding too, as the official code does.
      case all
      /// From the first to the end of the text.
      case valid
    }

    package var heads = HeatmapSettings.Heads.model
    package var queryKey = HeatmapSettings.QueryKey.raw
    /// Blocks explained, from the last; 0 for two thirds of them.
    package var layers = 0
    package var normRange = NormRange.valid

    package init() {}

    package func count(of depth: Int) -> Int {
      layers == 0 ? max(1, (2 * depth + 1) / 3) : min(layers, depth)
    }
  }

  package let model: CLIP
  /// `texts * length` ids.
  package let ids: [Int32]
  /// The image of each text in the joint space, `[texts, J]`, rows of length 1.
  package let images: Tensor
  package let lanes: Lanes

  package init(model: CLIP, ids: [Int32], images: Tensor, lanes: Lanes) {
    self.model = model
    self.ids = ids
    self.images = images
    self.lanes = lanes
  }

  package struct Words {
    /// Sum over blocks of u_j (g . v_j), for all positions, before anything is cut off.
    package let signed: [Float]
    /// Position of the end of the text.
    package let end: Int
    package let cosine: Float

    package init(signed: [Float], end: Int, cosine: Float) {
      self.signed = signed
      self.end = end
      self.cosine = cosine
    }

    /// Shares of the tokens between start and end; all 0 where nothing is positive.
    package var shares: [Float] {
      let kept = signed[min(1, end)..<end].map { max(0, $0) }
      let sum = kept.reduce(0, +)
      return sum > 0 ? kept.map { $0 / sum } : kept
    }
  }

  /// Word maps: `M = ReLU(sum_l u^l_j sum_c g^l_c v^l_j,c)`, g^l the gradient of the cosine at the
  /// attention output of the end of the text.
  package func words(_ settings: Settings) -> [Words] {
    let texts = images.shape[0]
    let (length, depth) = (ids.count / max(1, texts), model.text.blocks.count)
    let (count, plain) = (settings.count(of: depth), Tape(lanes: lanes, isRecording: false))
    let stream = model.text.run(
      model.stream(ids: ids, texts: texts, on: plain), blocks: 0..<depth - count,
      model.parameters, on: plain)
    let tape = Tape(lanes: lanes, recordsParameters: false)
    let (embeddings, traces) = model.text.traced(
      stream, from: depth - count, isMerged: settings.heads == .merged, model.parameters, on: tape)
    let unit = tape.unitRows(embeddings)
    let cosines = (0..<texts).map { dot(unit.value.rows($0..<$0 + 1), images.rows($0..<$0 + 1)) }
    tape.backward(from: unit, seed: images)
    var signed = [[Float]](repeating: [Float](repeating: 0, count: length), count: texts)
    for (place, trace) in traces.enumerated() {
      guard let gradient = tape.gradient(of: trace.attended) else { continue }
      let block = model.text.blocks[depth - count + place]
      func similar(_ x: Tensor) -> Tensor {
        settings.queryKey == .raw
          ? x : block.outputProduct(x, parameters: model.parameters, lanes: lanes)
      }
      let (queries, keys, values) = (similar(trace.queries), similar(trace.keys), trace.values)
      for text in 0..<texts {
        let (first, end) = (text * length, Int(stream.pooled[text]))
        let last = settings.normRange == .all ? length : end - first + 1
        let width = values.shape[1]
        let sums = GradECLIP.channelSums(
          gradient: gradient.view(at: end * width, shape: [width]),
          values: values.rows(first..<first + last))
        let weights = GradECLIP.loosened(
          query: queries.view(at: end * width, shape: [width]),
          keys: keys.rows(first..<first + last)
        ).weights
        for j in 0..<last { signed[text][j] += weights[j] * sums[j] }
      }
    }
    return (0..<texts).map { text in
      Words(
        signed: signed[text], end: Int(stream.pooled[text]) - text * length,
        cosine: cosines[text])
    }
  }
}

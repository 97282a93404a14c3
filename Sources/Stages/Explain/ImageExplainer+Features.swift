import Compute
import Foundation

/// Methods that read token features.
extension ImageExplainer {
  /// Grad-CAM on what enters the last block: channel weights are the gradient's mean over all
  /// tokens, the class token among them.
  ///
  /// - Source: Selvaraju et al. 2017.
  func gradCAM(isMerged: Bool) -> Maps {
    let pass = pass(last: 1, isMerged: isMerged)
    guard let trace = pass.traces.first, let gradient = pass.tape.gradient(of: trace.input) else {
      return maps([])
    }
    let (length, width) = (patches + 1, gradient.shape[1])
    return maps(
      targets.indices.map { n in
        let (d, x) = (
          gradient.rows(n * length..<(n + 1) * length),
          trace.input.value.rows(n * length..<(n + 1) * length)
        )
        var weights = [Float](repeating: 0, count: width)
        d.withUnsafeFloats { d in
          for i in 0..<length * width { weights[i % width] += d[i] / Float(length) }
        }
        let channel = Tensor(weights)
        return (1..<length).map { max(0, dot(channel, x.view(at: $0 * width, shape: [width]))) }
      }, explained: pass.cosines, isModel: !isMerged)
  }

  /// MaskCLIP: each patch's own embedding by the value path of the last block, against the text,
  /// times the similarity of its key to that of the class token, both behind the output product as
  /// in the official comparison.
  ///
  /// - Source: Zhou et al. 2022.
  func maskCLIP() -> Maps {
    let stream = stream(before: depth - 1)
    let (_, traces) = encoder.traced(stream, from: depth - 1, model.parameters, on: plain)
    let dense = plain.unitRows(
      encoder.denseEmbeddings(stream, model.parameters, on: plain)
    ).value
    guard let trace = traces.first else { return maps([]) }
    let similar = encoder.blocks[depth - 1].outputProduct(
      trace.keys, parameters: model.parameters, lanes: lanes)
    let keys = plain.unitRows(.constant(similar)).value
    let texts = targetTexts
    return maps(
      targets.indices.map { n in
        let first = n * (patches + 1)
        let text = texts.rows(n..<n + 1)
        return (1...patches).map { i in
          dot(dense.rows(first + i..<first + i + 1), text)
            * dot(keys.rows(first + i..<first + i + 1), keys.rows(first..<first + 1))
        }
      })
  }

  /// CLIP Surgery: a second path through the last six blocks, in which values attend to values and
  /// no MLP acts, then what all texts share is taken away from the similarity to one.
  ///
  ///     w_t = softmax_t(2 cos(f_I, f_t)) / mean,   F_i,t = p_i f_t w_t,
  ///     s_i,t = sum_c (F_i,t - mean_t F_i,t)_c
  ///
  /// - Precondition: at least two texts.
  /// - Source: Li et al. 2023.
  func surgery() -> Maps {
    precondition(texts.shape[0] >= 2, "CLIP surgery compares texts; there is one")
    let first = max(0, depth - 6)
    let tape = plain
    let start = stream(before: first)
    var (original, second) = (start.x, start.x)
    for index in first..<depth {
      let block = encoder.blocks[index]
      let (output, trace) = block.traced(
        original, start.batch, parameters: model.parameters, on: tape)
      second = tape.add(
        block.valueAttention(trace, parameters: model.parameters, on: tape), to: second)
      original = output
    }
    let patchRows = plain.unitRows(
      encoder.projected(second, model.parameters, on: tape)
    ).value
    let image = plain.unitRows(
      encoder.projected(
        tape.embedding(original, ids: start.pooled), model.parameters, on: tape)
    ).value
    return maps(
      targets.indices.map { n in
        let first = n * (patches + 1)
        return Self.surgerySimilarity(
          patches: patchRows.rows(first + 1..<first + patches + 1), image: image.rows(n..<n + 1),
          texts: texts, target: targets[n].text)
      })
  }

  /// Feature surgery of one image, for one of several texts.
  package static func surgerySimilarity(
    patches: Tensor, image: Tensor, texts: Tensor, target: Int
  ) -> [Float] {
    let count = texts.shape[0]
    let powers = (0..<count).map { exp(2 * dot(image, texts.rows($0..<$0 + 1))) }
    let mean = powers.reduce(0, +) / Float(count)
    let weights = powers.map { $0 / mean }
    // sum_c (F_t - mean F)_c is linear in f: one product with w_t f_t - mean_t w_t f_t.
    var direction = [Float](repeating: 0, count: texts.shape[1])
    texts.withUnsafeFloats { f in
      for c in direction.indices {
        let shared =
          (0..<count).reduce(0) { $0 + weights[$1] * f[$1 * direction.count + c] } / Float(count)
        direction[c] = weights[target] * f[target * direction.count + c] - shared
      }
    }
    let vector = Tensor(direction)
    return (0..<patches.shape[0]).map { dot(patches.rows($0..<$0 + 1), vector) }
  }
}

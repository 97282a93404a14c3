import Compute

/// A vision transformer on 32x32 images (65 tokens, batches of 64) and a Llama-type decoder (16
/// sequences of 256 tokens, vocabulary 4,096), both of width 256 with six layers.
///
/// A training step is forward, backward and AdamW, as a user would write it.
enum TransformerBenchmark {
  private static let steps = 5

  static let models = [
    ModelBenchmark(name: "vit-w256", item: "images", itemsPerStep: 64) { pass, lanes in
      vision.bestStep(pass, lanes: lanes)
    },
    ModelBenchmark(name: "decoder-w256", item: "tokens", itemsPerStep: 16 * 256) { pass, lanes in
      decoder.bestStep(pass, lanes: lanes)
    },
  ]

  /// A model's parameters and its loss on a fixed batch of noise.
  private struct Subject {
    let parameters: ParameterArena
    let loss: (Tape) -> Variable

    /// Seconds of the best step.
    func bestStep(_ pass: ModelBenchmark.Pass, lanes: Lanes) -> Double {
      let clock = BenchClock(lanes: lanes.count)
      var optimiser = Adam(AdamSettings(weightDecay: 1e-2), decay: .decoupled)
      var best = Double.infinity
      for _ in 0..<steps {
        let seconds = clock.measure {
          lanes.awake { lanes in step(pass, &optimiser, lanes) }
        }
        best = min(best, seconds)
      }
      return best
    }

    private func step(_ pass: ModelBenchmark.Pass, _ optimiser: inout Adam, _ lanes: Lanes) {
      guard pass == .training else {
        _ = loss(Tape(lanes: lanes, isRecording: false))
        return
      }
      parameters.zeroGradients()
      addGradients(lanes: lanes)
      optimiser.step(parameters, learningRate: 1e-3, lanes: lanes)
    }

    /// The tape is gone when this returns, so that the parameters have one owner again.
    private func addGradients(lanes: Lanes) {
      let tape = Tape(lanes: lanes)
      tape.backward(from: loss(tape))
    }
  }

  private static var vision: Subject {
    let model = VisionTransformer(
      .init(
        imageSize: 32, patchSize: 4, layers: 6, classCount: 10,
        block: .layerNormed(width: 256, heads: 4, activation: .geluTanh)),
      seed: 0)
    var random = RandomStream.generator(seed: 0, purpose: "benchmark", 0)
    let pixels = (0..<64 * 32 * 32 * 3).map { _ in Float(random.unit() * 2 - 1) }
    let images = Tensor(pixels, shape: [64, 32, 32, 3])
    return Subject(parameters: model.parameters) { tape in
      let logits = model(.constant(images), on: tape).logits
      return tape.softmaxCrossEntropy(logits, labels: (0..<64).map { Int32($0 % 10) }).mean
    }
  }

  private static var decoder: Subject {
    let model = DecoderTransformer(
      .init(
        vocabulary: 4096, layers: 6,
        block: .llama(width: 256, heads: 4, keyHeads: 4, hidden: 672), isTied: true),
      seed: 0)
    var random = RandomStream.generator(seed: 0, purpose: "benchmark", 1)
    let ids = (0..<16 * 256).map { _ in Int32(random.index(below: 4096)) }
    let labels = ids.map { ($0 + 1) % 4096 }
    return Subject(parameters: model.parameters) { tape in
      let hidden = model.hidden(ids, .init(sequences: 16, length: 256), on: tape)
      return tape.isRecording
        ? model.loss(hidden, labels: labels, on: tape).mean : model.logits(hidden, on: tape)
    }
  }
}

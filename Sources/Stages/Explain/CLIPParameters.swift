import Compute
import Pipeline

/// Parameters of the towers of a new model.
struct TowerParameters {
  private let patch: Int
  private let visionWidth, visionLayers, visionHeads: Int
  private let textWidth, textLayers, textHeads: Int
  private let context: Int
  private let joint: Int

  init(_ p: inout ParameterReader) {
    patch = p.int("patch", default: 8, in: 2...64, unit: "pixels", help: "side of a square")
    visionWidth = p.int(
      "vision_width", default: 64, in: 8...2048, unit: "floats", help: "of a token of an image")
    visionLayers = p.int("vision_layers", default: 4, in: 1...48, help: "blocks for images")
    visionHeads = p.int("vision_heads", default: 4, in: 1...32, help: "heads for images")
    textWidth = p.int(
      "text_width", default: 64, in: 8...2048, unit: "floats", help: "of a token of a text")
    textLayers = p.int("text_layers", default: 2, in: 1...48, help: "blocks for texts")
    textHeads = p.int("text_heads", default: 4, in: 1...32, help: "heads for texts")
    context = p.int("context", default: 20, in: 4...512, unit: "tokens", help: "longest text")
    joint = p.int("joint", default: 64, in: 2...2048, unit: "floats", help: "of an embedding")
    for (tower, width, heads) in [
      ("vision", visionWidth, visionHeads), ("text", textWidth, textHeads),
    ] where width % heads != 0 {
      p.refuse(
        ParameterProblem(
          parameter: "\(tower)_width", what: "\(width) is not a multiple of \(heads) heads",
          why: "heads share the width", fix: "write a multiple of \(heads)"))
    }
  }

  /// The configuration for images and a number of token ids.
  func configuration(for set: CaptionedImages, vocabulary: Int) throws -> CLIPConfiguration {
    guard set.width == set.height, set.width % patch == 0 else {
      throw StageFailure(
        at: "parameter patch",
        "images of \(set.width) x \(set.height) pixels in squares of \(patch)",
        why: "a new model takes square images that squares fill",
        fix: "write a divisor of \(set.width)")
    }
    return CLIPConfiguration(
      vision: .init(width: visionWidth, layers: visionLayers, heads: visionHeads),
      text: .init(width: textWidth, layers: textLayers, heads: textHeads), imageSize: set.width,
      patchSize: patch, vocabulary: vocabulary, context: context, joint: joint)
  }
}

/// Parameters of a training, and its run.
struct CLIPRecipe {
  let epochs: Int
  let batch: Int
  let seed: Int
  private let lr: Double
  private let weightDecay: Double
  private let betas: [Double]
  private let warmup: Int
  private let clipNorm: Double

  init(_ p: inout ParameterReader, epochs: Int, batch: Int, lr: Double, warmup: Int) {
    self.epochs = p.int("epochs", default: epochs, in: 1...10_000, help: "times over the pairs")
    self.batch = p.int("batch", default: batch, in: 8...4096, unit: "pairs", help: "of a step")
    self.lr = p.double("lr", default: lr, in: .above(0, through: 1), help: "largest rate")
    weightDecay = p.double(
      "weight_decay", default: 0.1, in: .closed(0, 1), help: "of matrices, beside the step")
    betas = p.doubles(
      "betas", default: [0.9, 0.98], in: .closed(0, 0.99999), help: "of the two moments")
    self.warmup = p.int("warmup", default: warmup, in: 0...1_000_000, unit: "steps", help: "up")
    clipNorm = p.double(
      "clip_norm", default: 1, in: .above(0, through: 1e6), help: "largest norm of the gradient")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of weights and order")
    if betas.count != 2 {
      p.refuse(
        ParameterProblem(
          parameter: "betas", what: "\(betas.count) numbers", why: "there are two moments",
          fix: "write betas: [0.9, 0.98]"))
    }
  }

  private var settings: CLIPTrainer.Settings {
    var settings = CLIPTrainer.Settings()
    (settings.epochs, settings.batch, settings.learningRate) = (epochs, batch, lr)
    (settings.weightDecay, settings.warmup, settings.clipNorm) = (weightDecay, warmup, clipNorm)
    (settings.beta1, settings.beta2) = (betas[0], betas[1])
    settings.seed = UInt64(seed)
    return settings
  }

  /// Trains, reports, and gives the mean loss and the scale of each epoch.
  func run(
    _ context: StageContext, _ model: CLIP, count: Int, onEpochEnd: (Int) -> Void = { _ in },
    loss: (_ pairs: [Int], _ tape: Tape) -> Variable
  ) throws -> [(loss: Double, scale: Double)] {
    guard count >= 8 else {
      throw StageFailure(
        at: "input images", "\(count) pairs", why: "a step contrasts at least 8",
        fix: "use more images")
    }
    var epochs: [(loss: Double, scale: Double)] = []
    var (sum, steps) = (0.0, 0.0)
    do {
      try CLIPTrainer(settings, lanes: Lanes(context.lanes)).run(
        model, count: count, loss: loss, onEpochEnd: onEpochEnd,
        isCancelled: { context.isStopping }
      ) { progress in
        sum += progress.loss
        steps += 1
        context.progress(
          StageProgress(
            Double(progress.step + 1) / Double(progress.steps),
            "epoch \(progress.epoch + 1)/\(self.epochs)", [.init("loss", sum / steps)]))
        guard progress.isEpochEnd else { return }
        epochs.append((sum / steps, Double(model.logitScale)))
        (sum, steps) = (0, 0)
      }
    } catch {
      throw error.inStages()
    }
    return epochs
  }
}

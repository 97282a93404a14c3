import Compute
import Foundation
import Pipeline

/// `clip.train`: both towers from scratch on images with captions.
struct TrainCLIPStage: Stage {
  static let kind = "clip.train"
  static let version = 1
  static let summary =
    "Trains a CLIP from scratch on images with captions of a closed list of words."
  static let inputs = [InputSlot("images", .dataset, help: "images with captions")]
  static let outputs = [
    OutputSlot("model", .model, help: "both towers and the list of words"),
    OutputSlot(
      "history", .table,
      columns: ResultColumns.dataset + [
        Column("epoch", .int, help: "from 1"),
        Column("loss", .double, unit: "nats", direction: .lower, help: "mean over the epoch"),
        Column("scale", .double, help: "factor of the cosines in the loss"),
      ], help: "one row per epoch"),
  ]

  private let shape: TowerParameters
  private let recipe: CLIPRecipe

  init(_ p: inout ParameterReader) {
    shape = TowerParameters(&p)
    recipe = CLIPRecipe(&p, epochs: 14, batch: 128, lr: 1.5e-3, warmup: 100)
  }

  var estimate: Estimate { Estimate(cpuSeconds: 400, memoryBytes: 2 << 30) }

  func run(_ context: StageContext) throws {
    let set = try CaptionedImages(reading: context.input("images").url)
    guard !set.vocabulary.isEmpty else {
      throw StageFailure(
        at: "input images", "their captions are free text",
        why: "this stage trains on a closed list of words",
        fix: "use vision.scenes or vision.fashion_scenes")
    }
    let encoding = TextEncoding(words: set.vocabulary)
    let configuration = try shape.configuration(for: set, vocabulary: encoding.vocabulary)
    let model = CLIP(configuration, seed: UInt64(recipe.seed))
    let trained = try TrainedCLIP(model: model, tokenizer: .words(set.vocabulary))
    let texts = try encoding.encoded(set.captions, context: configuration.context).ids
    let pairs = Pairs(set: set, ids: texts)
    let losses = try recipe.run(context, model, count: set.count) { indices, tape in
      pairs.loss(model, indices, tape)
    }
    try trained.write(to: context.output("model"))
    var history = Table(columns: Self.outputs[1].columns)
    for (epoch, row) in losses.enumerated() {
      history.append(set.cells + [.int(epoch + 1), .double(row.loss), .double(row.scale)])
    }
    try history.write(to: context, "history")
  }
}

/// Images and captions, ready for batches.
struct Pairs {
  let images: ByteTensor
  let ids: [Int32]
  let length: Int

  init(set: CaptionedImages, ids: [Int32]) {
    images = set.images
    self.ids = ids
    length = set.count == 0 ? 0 : ids.count / set.count
  }

  func pixels(_ indices: [Int]) -> Tensor {
    CLIPPixels.normalised(images.gathered(rows: indices))
  }

  func ids(_ indices: [Int]) -> [Int32] {
    indices.flatMap { ids[$0 * length..<($0 + 1) * length] }
  }

  /// The contrastive loss of some pairs.
  func loss(
    _ model: CLIP, _ indices: [Int], _ tape: Tape,
    weights: (image: [Float], text: [Float])? = nil
  ) -> Variable {
    tape.contrastiveLoss(
      image: tape.unitRows(model.embeddings(images: .constant(pixels(indices)), on: tape)),
      text: tape.unitRows(
        model.embeddings(ids: ids(indices), texts: indices.count, on: tape)),
      logScale: tape.parameter(model.logScale, of: model.parameters), weights: weights)
  }
}

import Compute
import Pipeline

/// What a model makes of the training set it was trained on: the common ground of the defences
/// that inspect training data.
struct PoisonedFeatures {
  static let inputs = [
    InputSlot("model", .model, help: "from train.classifier"),
    InputSlot("train", .dataset, help: "training set of the model"),
    InputSlot("overlay", .tensors, isOptional: true, help: "poison the model was trained with"),
  ]

  let model: TrainedClassifier
  let set: ImageSet
  /// Labels as trained, poison included.
  let labels: [UInt8]
  let isPoisoned: [Bool]
  /// What enters the linear layer, `[N, 8 width]`.
  let features: Tensor

  /// Reads the inputs and computes features of the first `limit` training records.
  init(_ context: StageContext, limit: Int) throws {
    model = try TrainedClassifier(reading: context.input("model").url)
    let base = context.input("train")
    let whole = try ImageSet(reading: base.url)
    var records = whole.records
    var isPoisoned = [Bool](repeating: false, count: records.count)
    if let artifact = context.optionalInput("overlay") {
      let overlay = try PoisonOverlay(reading: artifact, base: base, count: records.count)
      records = overlay.applied(to: records)
      for index in overlay.indices { isPoisoned[Int(index)] = true }
    }
    set = whole.prefix(limit)
    let kept = records.prefix(limit)
    labels = kept.labels
    self.isPoisoned = Array(isPoisoned.prefix(limit))
    features = model.classifier.features(kept.images, lanes: Lanes(context.lanes))
  }

  /// Record numbers of a class, in order, at most `limit`.
  func members(of label: Int, limit: Int = .max) -> [Int] {
    Array(labels.indices.lazy.filter { Int(labels[$0]) == label }.prefix(limit))
  }

  /// The features of some records, `[n, 8 width]`.
  func features(of members: [Int]) -> Tensor {
    let size = features.shape[1]
    return Tensor([members.count, size]) { target in
      features.withUnsafeFloats { source in
        for (position, index) in members.enumerated() {
          (target + position * size).update(from: source + index * size, count: size)
        }
      }
    }
  }
}

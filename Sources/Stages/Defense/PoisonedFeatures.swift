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

  /// What reading holds at CIFAR's size: the training set three times (read, poisoned, cut), 460
  /// MB, the features of 50,000 records, 100 MB, and one batch on its way through the classifier.
  static let memoryBytes = 1 << 30

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

  /// The parameter `limit` of the stages that use this.
  static func limit(_ p: inout ParameterReader) -> Int {
    p.int(
      "limit", default: 50_000, in: 2...Int.max, unit: "records",
      help: "training records, from the first")
  }

  /// What is known of a class before anything is looked for.
  struct Class {
    let label: Int
    /// Record numbers, in order.
    let members: [Int]
    /// How many of them are poisoned.
    let poisoned: Int
    /// The first cells of its row: data set, training, class and the two counts.
    let cells: [Value]
  }

  /// The columns of ``Class/cells``.
  ///
  /// - Parameter members: which records of the class count.
  /// - Returns: `class`, `n` and `n_poisoned` behind the columns of data set and training.
  static func columns(members: String) -> [Column] {
    ResultColumns.dataset + ResultColumns.training + [
      Column("class", .int, help: "label as trained"), Column("n", .int, help: members),
      Column("n_poisoned", .int, help: "poisoned ones among them"),
    ]
  }

  /// Runs over the classes by label, each with at most `limit` records, and tells how far it is.
  func forEachClass(
    _ context: StageContext, limit: Int = .max, _ body: (Class) throws -> Void
  ) throws {
    for label in 0..<model.classCount {
      try context.checkCancellation()
      context.progress(StageProgress(Double(label) / Double(model.classCount), "class \(label)"))
      let members = members(of: label, limit: limit)
      let poisoned = members.count { isPoisoned[$0] }
      try body(
        Class(
          label: label, members: members, poisoned: poisoned,
          cells: set.cells + model.cells + [.int(label), .int(members.count), .int(poisoned)]))
    }
  }

  /// A share of found records; null of none.
  static func share(_ found: Int, of count: Int) -> Value {
    .measured(count == 0 ? nil : Double(found) / Double(count))
  }

  /// Record numbers of a class, in order, at most `limit`.
  private func members(of label: Int, limit: Int) -> [Int] {
    Array(labels.indices.lazy.filter { Int(labels[$0]) == label }.prefix(limit))
  }

  /// The features of some records, `[n, 8 width]`.
  func features(of members: [Int]) -> Tensor {
    features.gathered(rows: members)
  }
}

import Compute
import Pipeline

/// `explain.heatmap`: where in images the phrases of their targets were found, by one method.
struct HeatmapStage: Stage {
  static let kind = "explain.heatmap"
  static let version = 2
  static let summary = "Explains by one method which regions made images match phrases."
  static let inputs = [
    InputSlot("model", .model, help: "a CLIP"),
    InputSlot("images", .dataset, help: "images and the phrases to explain"),
  ]
  static let outputs = [
    OutputSlot("maps", .tensors, help: "one map per target, a value per patch"),
    OutputSlot(
      "scores", .table,
      columns: ResultColumns.dataset + [
        Column("method", .string, help: "as the specification names it"),
        Column("cos_model", .double, help: "mean cosine of targets in the model"),
        Column("cos_explained", .double, help: "mean cosine of what the method explains"),
        Column("cos_gap", .double, help: "mean distance of the two"),
        Column("flat", .int, help: "maps that are constant or not numbers"),
        Column(
          "constant_weights", .int,
          help: "spatial weights, one a target and block, that had nothing to separate"),
        Column("n", .int, help: "targets"),
      ], help: "one row"),
  ]

  private let settings: HeatmapSettings
  private let resolution: Resolution
  private let batch: Int

  /// At which size images are explained.
  enum Resolution: String, CaseIterable {
    /// That of the model's training.
    case native
    /// Their own, sides rounded to whole patches; the table of positions is stretched.
    case keep
  }

  init(_ p: inout ParameterReader) {
    var settings = HeatmapSettings(
      p.choice("method", default: HeatmapSettings.Method.gradECLIP, help: "who explains"))
    settings.heads = p.choice(
      "heads", default: .model, help: "explained blocks as they are, or with one head")
    settings.queryKey = p.choice(
      "qk", default: .raw, help: "what the loosened weight compares")
    settings.spatial = p.choice("spatial", default: .loosened, help: "weight of a patch")
    settings.layers = p.int(
      "layers", default: 0, in: 0...48, unit: "blocks", help: "explained, from the last; 0 all")
    settings.combine = p.choice(
      "combine", default: .reluThenSum, help: "order of ReLU and the sum over blocks")
    settings.centresValues = p.bool(
      "centre_values", default: false, help: "take the mean over patches from g.v first (ours)")
    resolution = p.choice(
      "resolution", default: .native,
      help: "images at the size of the model's training, or at their own in whole patches")
    settings.seed = UInt64(p.int("seed", default: 0, in: 0...Int.max, help: "of methods that draw"))
    batch = p.int(
      "batch", default: 32, in: 1...4096, unit: "targets",
      help: "explained at once, fewer where memory ends")
    self.settings = settings
    // An option that changes nothing would give a map a label that it does not deserve.
    let usual = HeatmapSettings(settings.method)
    let unused = [
      ("heads", settings.heads != usual.heads && !settings.method.canMerge),
      ("qk", settings.queryKey != usual.queryKey && settings.method != .gradECLIP),
      ("spatial", settings.spatial != usual.spatial && settings.method != .gradECLIP),
      ("combine", settings.combine != usual.combine && settings.method != .gradECLIP),
      ("centre_values", settings.centresValues && settings.method != .gradECLIP),
    ]
    for (name, isUnused) in unused where isUnused {
      p.refuse(
        ParameterProblem(
          parameter: name, what: "method \(settings.method.rawValue) does not use it",
          why: "the map would carry the label of an option that changed nothing",
          fix: "leave \(name) out"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 10, memoryBytes: 1 << 30) }

  func run(_ context: StageContext) throws {
    let input = context.input("images")
    let set = try CaptionedImages(reading: input.url)
    let trained = try TrainedCLIP(reading: context.input("model").url)
    let images = try sized(set, for: trained.model.configuration)
    let lanes = Lanes(context.lanes)
    try trained.check(layers: settings.layers, of: .image)
    // Every phrase is a text, so that methods that compare texts have others to compare with.
    let phrases = Array(Set(set.phrases)).sorted()
    guard settings.method != .clipSurgery || phrases.count >= 2 else {
      throw StageFailure(
        at: "parameter method", "clip_surgery with one text",
        why: "it takes away what all texts share", fix: "give images with two phrases or more")
    }
    let texts = try trained.textEmbeddings(phrases, lanes: lanes)
    let textOf = set.phrases.compactMap { phrases.firstIndex(of: $0) }
    var parts: [ImageExplainer.Maps] = []
    let batch = targetsAtOnce(trained.model.configuration, images)
    for start in stride(from: 0, to: set.targets.count, by: batch) {
      context.progress(StageProgress(Double(start) / Double(set.targets.count), "targets"))
      let targets = start..<min(set.targets.count, start + batch)
      let indices = Array(Set(set.targets[targets].map(\.image))).sorted()
      let rows = Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
      var explainer = ImageExplainer(
        model: trained.model,
        images: CLIPPixels.normalised(images.gathered(rows: indices)), texts: texts,
        targets: targets.map {
          .init(image: rows[set.targets[$0].image] ?? 0, text: textOf[set.phraseIndices[$0]])
        }, offset: start, lanes: lanes)
      explainer.isCancelled = { context.isStopping }
      parts.append(explainer.maps(settings))
      try context.checkCancellation()
    }
    try write(parts, of: set, input.hash, to: context)
  }

  /// The images as the model is to see them, each as a whole, so that maps cover it.
  private func sized(_ set: CaptionedImages, for model: CLIPConfiguration) throws -> ByteTensor {
    let (rows, columns): (Int, Int)
    switch resolution {
    case .native:
      guard set.height == set.width else {
        throw StageFailure(
          at: "input images", "images of \(set.width) x \(set.height) pixels",
          why: "the model was trained on squares, and a map must cover the whole image",
          fix: "write resolution: keep")
      }
      (rows, columns) = (model.imageSize, model.imageSize)
    case .keep:
      let patch = model.patchSize
      func whole(_ side: Int) -> Int { max(1, (2 * side + patch) / (2 * patch)) * patch }
      (rows, columns) = (whole(set.height), whole(set.width))
    }
    guard (rows, columns) != (set.height, set.width) else { return set.images }
    let parts = (0..<set.count).flatMap { index in
      Resampling.pictures.resized(
        ByteTensor(
          set.images.rows(index..<index + 1).values, shape: [set.height, set.width, 3]),
        rows: rows, columns: columns
      ).values
    }
    return ByteTensor(parts, shape: [set.count, rows, columns, 3])
  }

  /// `batch`, or as many as keep what a pass holds within 2 GiB: some 24 floats for each channel
  /// of each token and block, and the attention of one block.
  private func targetsAtOnce(_ model: CLIPConfiguration, _ images: ByteTensor) -> Int {
    let tokens = (images.shape[1] / model.patchSize) * (images.shape[2] / model.patchSize) + 1
    let tower = model.vision
    let floats = tokens * (24 * tower.width * tower.layers + tower.heads * tokens)
    return max(1, min(batch, (1 << 29) / floats))
  }

  private func write(
    _ parts: [ImageExplainer.Maps], of set: CaptionedImages, _ hash: String,
    to context: StageContext
  ) throws {
    let grid = parts.first?.values.shape.axes.dropFirst().map { $0 } ?? [1, 1]
    let maps = HeatMaps(
      method: settings.method.rawValue, imagesHash: hash,
      values: Tensor(concatenatingRows: parts.map(\.values), rowShape: Shape(grid)),
      modelCosines: parts.flatMap(\.modelCosines),
      explainedCosines: parts.flatMap(\.explainedCosines))
    try maps.write(to: context.output("maps"))
    let gaps = zip(maps.modelCosines, maps.explainedCosines).map { Double(abs($0 - $1)) }
    let flat = set.targets.indices.count { Localisation.normalised(maps.native($0)).isFlat }
    var table = Table(columns: Self.outputs[1].columns)
    table.append(
      set.cells + [
        .string(maps.method), .measured(Summary.mean(maps.modelCosines.map(Double.init))),
        .measured(Summary.mean(maps.explainedCosines.map(Double.init))),
        .measured(Summary.mean(gaps)), .int(flat),
        .int(parts.reduce(0) { $0 + $1.constantWeights }), .int(set.targets.count),
      ])
    try table.write(to: context, "scores")
  }
}

import Compute
import Pipeline

/// `clip.finegrain`: fine-tunes a CLIP on the regions that its own maps find for phrases.
struct FineGrainStage: Stage {
  static let kind = "clip.finegrain"
  static let version = 1
  static let summary = "Fine-tunes a CLIP with heat maps as labels of regions, and tests regions."
  static let inputs = [
    InputSlot("model", .model, help: "where training starts"),
    InputSlot("images", .dataset, help: "images with captions and phrases"),
    InputSlot("test", .dataset, help: "other images, with masks"),
  ]
  static let outputs = [
    OutputSlot("model", .model, help: "the tuned model"),
    OutputSlot(
      "scores", .table,
      columns: ResultColumns.dataset + [
        Column("phase", .string, help: "start, or tuned"),
        ResultColumns.share("regions_top1", of: "regions", .higher, help: "regions by phrase"),
        ResultColumns.share("regions_top5", of: "regions", .higher, help: "the same, five nearest"),
        Column(
          "regions_low", .double, unit: "fraction",
          help: "lower 95 % bound of the first, over images"),
        Column("regions_high", .double, unit: "fraction", help: "upper 95 % bound"),
        Column("regions_gain", .double, help: "regions_top1 over that of the start"),
        Column("regions", .int, help: "masks of the test images"),
        ResultColumns.share("image_to_text", of: "pairs", .higher, help: "caption found, R@1"),
        ResultColumns.share("text_to_image", of: "pairs", .higher, help: "image found, R@1"),
        Column("pairs", .int, help: "test images"),
      ], help: "one row before and one behind the training"),
    OutputSlot(
      "history", .table,
      columns: ResultColumns.dataset + [
        Column("epoch", .int, help: "from 1"),
        Column("loss", .double, unit: "nats", direction: .lower, help: "mean over the epoch"),
      ], help: "one row per epoch"),
  ]

  /// Which maps label regions.
  enum Label: String, CaseIterable {
    case gradECLIP = "grad_eclip"
    case gradcam, maskclip

    var method: HeatmapSettings.Method {
      switch self {
      case .gradECLIP: .gradECLIP
      case .gradcam: .gradcam
      case .maskclip: .maskclip
      }
    }
  }

  private let recipe: CLIPRecipe
  private let lambda: Double
  private let label: Label
  private let layers: Int
  private let usesWeights: Bool
  private let hasMomentum: Bool

  init(_ p: inout ParameterReader) {
    recipe = CLIPRecipe(&p, epochs: 2, batch: 64, lr: 3e-4, warmup: 10)
    lambda = p.double(
      "lambda", default: 1, in: .closed(0, 1000),
      help: "weight of the loss of regions; 0 for pairs alone")
    label = p.choice("method", default: Label.gradECLIP, help: "whose maps label regions")
    layers = p.int(
      "layers", default: 1, in: 0...48, unit: "blocks", help: "that the map explains; 0 all")
    usesWeights = p.bool(
      "use_weight", default: true, help: "weigh a phrase by the largest value of its map")
    hasMomentum = p.bool(
      "momentum", default: true, help: "weigh pairs by what a slow copy makes of them")
    if label != .gradECLIP, layers != 1 {
      p.refuse(
        ParameterProblem(
          parameter: "layers", what: "\(layers) blocks for \(label.rawValue)",
          why: "only grad_eclip explains a number of blocks", fix: "leave layers out"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 60, memoryBytes: 2 << 30) }

  func run(_ context: StageContext) throws {
    let set = try CaptionedImages(reading: context.input("images").url)
    let test = try CaptionedImages(reading: context.input("test").url)
    let trained = try TrainedCLIP(reading: context.input("model").url)
    let (model, lanes) = (trained.model, Lanes(context.lanes))
    try trained.check(set)
    try trained.check(test)
    try trained.check(layers: layers, of: .image)
    try test.requireMasks(input: "test", why: "regions are classified in masks")
    let longest = model.configuration.context
    let ids = try trained.encoding.encoded(set.captions, context: longest).ids
    _ = try trained.encoding.encoded(set.targets.map(\.phrase), context: longest)
    var settings = HeatmapSettings(label.method)
    settings.layers = layers
    let tuning = FineGrained(
      set: set, pairs: Pairs(set: set, ids: ids), encoding: trained.encoding, lambda: lambda,
      settings: settings, usesWeights: usesWeights, targetsByImage: set.targetsByImage)
    var scores = Table(columns: Self.outputs[1].columns)
    let start = try row("start", trained, test, lanes)
    scores.append(start.cells)
    let momentum = hasMomentum ? MomentumCopy(of: model) : nil
    let losses = try recipe.run(
      context, model, count: set.count,
      onEpochEnd: { _ in momentum?.follow(model, lanes: lanes) }
    ) { indices, tape in
      tuning.loss(
        model, indices, tape,
        weights: momentum?.weights(tuning.pairs, indices, lanes: lanes))
    }
    scores.append(try row("tuned", trained, test, lanes, start: start.top1).cells)
    try trained.write(to: context.output("model"))
    try scores.write(to: context, "scores")
    var history = Table(columns: Self.outputs[2].columns)
    for (epoch, loss) in losses.enumerated() {
      history.append(set.cells + [.int(epoch + 1), .double(loss.loss)])
    }
    try history.write(to: context, "history")
  }

  private func row(
    _ phase: String, _ trained: TrainedCLIP, _ test: CaptionedImages, _ lanes: Lanes,
    start: Double? = nil
  ) throws -> (cells: [Value], top1: Double) {
    let ranks = try trained.regionRanks(test, lanes: lanes)
    let order = test.targetsByImage.flatMap(\.self)
    let interval = GroupedBootstrap(
      groupOf: order.map { test.targets[$0].image }, count: GroupedBootstrap.usualDraws,
      seed: UInt64(recipe.seed)
    ).interval(ranks.map { $0 < 1 ? 1 : 0 })
    let top1 = interval?.mean ?? 0
    let gain = start.flatMap { $0 > 0 ? top1 / $0 : nil }
    let images = trained.imageEmbeddings(test.images, lanes: lanes)
    let texts = try trained.textEmbeddings(test.captions, lanes: lanes)
    func share(_ ranks: [Int], _ top: Int) -> Value {
      .double(Double(ranks.count { $0 < top }) / Double(max(1, ranks.count)))
    }
    func retrieved(_ a: Tensor, _ b: Tensor) -> Value {
      let scores = a.matrixProduct(b, transposed: .right, lanes: lanes)
      return share(
        (0..<test.count).map { rank(of: $0, in: scores.rows($0..<$0 + 1).values) }, 1)
    }
    return (
      test.cells + [
        .string(phase), .double(top1), share(ranks, 5), .measured(interval?.low),
        .measured(interval?.high), .measured(gain), .int(ranks.count),
        retrieved(images, texts), retrieved(texts, images), .int(test.count),
      ], top1
    )
  }
}

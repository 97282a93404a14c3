import Compute
import Pipeline

/// `explain.faithfulness`: what becomes of the match when the pixels that maps name are taken away.
///
/// Areas of a method are rows; `paired` compares methods target by target: all of them saw the same
/// noise on the same images.
struct FaithfulnessStage: Stage {
  static let kind = "explain.faithfulness"
  static let version = 2
  static let summary = "Deletes and inserts pixels in the order of maps and follows the match."
  static let inputs = [
    InputSlot("model", .model, help: "a CLIP"),
    InputSlot("images", .dataset, help: "images and their targets"),
    InputSlot("maps", .tensors, isList: true, help: "maps of each method, of these images"),
  ]
  static let outputs = [
    OutputSlot(
      "areas", .table,
      columns: ResultColumns.dataset + [
        Column("method", .string, help: "whose maps"),
        Column("measure", .string, help: "area under a curve, or a difference of areas"),
        Column("area", .double, unit: "fraction", help: "mean over targets"),
      ] + ResultColumns.bounds(over: "images") + [Column("n", .int, help: "targets")],
      help: "one row per method and measure"),
    OutputSlot(
      "curves", .table,
      columns: ResultColumns.dataset + [
        Column("method", .string, help: "whose maps"),
        Column("kind", .string, help: "deletion or insertion"),
        Column("changed_pixels", .double, unit: "fraction", help: "deleted or inserted, of all"),
        ResultColumns.share("accuracy", of: "n", help: "the target's phrase is the nearest"),
        Column("cosine", .double, help: "of image and phrase, mean"),
        Column("n", .int, help: "targets"),
      ], help: "one row per method, kind and point; images of one target"),
    OutputSlot(
      "paired", .table, columns: MethodComparison.pairedColumns,
      help: "one row per reference, other method and measure"),
  ]

  /// What all pictures of one deletion may take.
  private static let pictureBytes = 256 << 20

  private let deletion: PixelDeletion
  private let topk: Int
  private let followed: Faithfulness.Followed
  private let comparison: MethodComparison

  init(_ p: inout ParameterReader) {
    let steps = p.int("steps", default: 100, in: 1...10_000, help: "of equal numbers of pixels")
    let every = p.int("every", default: 10, in: 1...10_000, unit: "steps", help: "between points")
    let fraction = p.double(
      "fraction", default: 0.5, in: .above(0, through: 1), unit: "fraction",
      help: "of the pixels that all steps change")
    let fill = p.choice(
      "fill", default: PixelDeletion.Fill.noise, help: "what deleted pixels become")
    topk = p.int(
      "topk", default: 5, in: 1...1000, help: "nearest phrases that count in selective deletion")
    followed = p.choice(
      "target", default: Faithfulness.Followed.truth,
      help: "the phrase of the target, or the one predicted")
    comparison = MethodComparison(&p, seedHelp: "of noise and draws")
    deletion = PixelDeletion(
      fill: fill, steps: steps, every: every, fraction: fraction,
      seed: UInt64(comparison.seed))
    if steps % every != 0 {
      p.refuse(
        ParameterProblem(
          parameter: "every", what: "\(every) does not divide \(steps) steps",
          why: "points lie at equal distances", fix: "write a divisor of \(steps)"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 60, memoryBytes: 1 << 30) }

  func run(_ context: StageContext) throws {
    let images = context.input("images")
    let set = try CaptionedImages(reading: images.url)
    let trained = try TrainedCLIP(reading: context.input("model").url)
    try trained.check(set)
    try check(set)
    let lanes = Lanes(context.lanes)
    let faithfulness = Faithfulness(
      trained: trained, set: set,
      classes: try trained.classEmbeddings(set.phrases, lanes: lanes), deletion: deletion,
      topk: topk, followed: followed, lanes: lanes)
    let bootstrap = comparison.bootstrap(over: set)
    let byImage = set.targetsByImage
    var areas = Table(columns: Self.outputs[0].columns)
    var curves = Table(columns: Self.outputs[1].columns)
    var all: [MethodComparison.Measured<Faithfulness.Measure>] = []
    for maps in try comparison.maps(context, of: images, set) {
      let outcomes = try set.targets.indices.map { target in
        try context.checkCancellation()
        let others = byImage[set.targets[target].image].filter { $0 != target }
        return faithfulness.outcome(maps, target, others: others)
      }
      let measured = MethodComparison.Measured(
        method: maps.method,
        values: Dictionary(
          uniqueKeysWithValues: Faithfulness.Measure.allCases.map { measure in
            (measure, outcomes.map { $0.areas[measure] })
          }))
      append(measured, set, bootstrap, to: &areas)
      append(outcomes, of: maps.method, set, to: &curves)
      all.append(measured)
    }
    // A measure that no target has, as selectivity where each stands alone, has no row.
    let found = Faithfulness.Measure.allCases.filter { measure in
      all.contains { ($0.values[measure] ?? []).contains { $0 != nil } }
    }
    try comparison.paired(all, found, set, bootstrap).write(to: context, "paired")
    try areas.write(to: context, "areas")
    try curves.write(to: context, "curves")
  }

  /// Refuses images that cannot be followed in these steps.
  private func check(_ set: CaptionedImages) throws {
    guard !set.targets.isEmpty else {
      throw StageFailure(
        at: "input images", "there are no targets", why: "the match with a phrase is followed",
        fix: "give images with phrases, as vision.scenes draws them")
    }
    let pixels = set.height * set.width
    guard Int(Double(pixels) * deletion.fraction / Double(deletion.steps)) >= 1 else {
      throw StageFailure(
        at: "parameter steps", "\(deletion.steps) steps change less than a pixel each",
        why: "an image has \(pixels)", fix: "write fewer steps")
    }
    let hasScenes = set.targetsByImage.contains { $0.count > 1 }
    guard !hasScenes || topk < set.phrases.count else {
      throw StageFailure(
        at: "parameter topk", "the nearest \(topk) of \(set.phrases.count) phrases",
        why: "every phrase would always be among them, and selectivity 0",
        fix: "write at most \(set.phrases.count - 1)")
    }
    let pictures = deletion.steps / deletion.every + 1
    guard pictures * pixels * 3 <= Self.pictureBytes else {
      throw StageFailure(
        at: "parameter every",
        "\(pictures) pictures of \(set.width) x \(set.height) pixels for each target",
        why: "they are held at once, in \(Self.pictureBytes >> 20) MiB",
        fix: "write a larger every, or fewer steps")
    }
  }

  /// A row for each measure that some target has.
  private func append(
    _ measured: MethodComparison.Measured<Faithfulness.Measure>, _ set: CaptionedImages,
    _ bootstrap: GroupedBootstrap, to table: inout Table
  ) {
    for measure in Faithfulness.Measure.allCases {
      let values = measured.values[measure] ?? []
      guard let interval = bootstrap.interval(values) else { continue }
      table.append(
        set.cells + [
          .string(measured.method), .string(measure.rawValue), .double(interval.mean),
          .double(interval.low), .double(interval.high), .int(values.count { $0 != nil }),
        ])
    }
  }

  private func append(
    _ outcomes: [Faithfulness.Outcome], of method: String, _ set: CaptionedImages,
    to table: inout Table
  ) {
    for direction in PixelDeletion.Direction.allCases {
      let curves = outcomes.compactMap { $0.curves[direction] }
      guard let points = curves.first?.hits.count else { continue }
      let step = deletion.fraction * Double(deletion.every) / Double(deletion.steps)
      for point in 0..<points {
        let isWhole = direction == .insertion && point == points - 1
        let changed = isWhole ? 1 : step * Double(direction == .deletion ? point : point + 1)
        table.append(
          set.cells + [
            .string(method), .string(direction.rawValue), .double(changed),
            .measured(Summary.mean(curves.map { $0.hits[point] })),
            .measured(Summary.mean(curves.map { $0.cosines[point] })), .int(curves.count),
          ])
      }
    }
  }
}

import Compute
import Pipeline

/// `explain.faithfulness`: what becomes of the match when the pixels that maps name are taken away.
struct FaithfulnessStage: Stage {
  static let kind = "explain.faithfulness"
  static let version = 2
  static let summary = "Deletes and inserts pixels in the order of maps and follows the match."
  static let inputs = [
    InputSlot("model", .model, help: "a CLIP"),
    InputSlot("images", .dataset, help: "images and their targets"),
    InputSlot("maps", .tensors, isList: true, help: "maps of each method, of these images"),
  ]
  private static let measures = [
    "deletion", "insertion", "insertion_inner", "insertion_less_deletion", "deletion_cos",
    "insertion_cos", "deletion_top5", "insertion_top5", "deletion_top10", "insertion_top10",
    "selectivity",
  ]
  static let outputs = [
    OutputSlot(
      "areas", .table,
      columns: ResultColumns.dataset + [
        Column("method", .string, help: "whose maps"),
        Column("measure", .string, help: "area under a curve, or a difference of areas"),
        Column("area", .double, unit: "fraction", help: "mean over targets"),
        Column("low", .double, help: "lower 95 % bound over images"),
        Column("high", .double, help: "upper 95 % bound over images"),
        Column("n", .int, help: "targets"),
      ], help: "one row per method and measure"),
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
      "paired", .table,
      columns: ResultColumns.dataset + [
        Column("reference", .string, help: "what the other is taken from"),
        Column("method", .string, help: "what it is compared with"),
        Column("measure", .string, help: "as in areas"),
        Column("difference", .double, help: "reference less method, mean over targets"),
        Column("low", .double, help: "lower 95 % bound over images"),
        Column("high", .double, help: "upper 95 % bound over images"),
        Column("n", .int, help: "targets"),
      ], help: "one row per reference, other method and measure"),
  ]

  /// What all pictures of one deletion may take.
  private static let pictureBytes = 256 << 20

  /// Which phrase is followed.
  enum Followed: String, CaseIterable { case truth, pred }

  private let deletion: PixelDeletion
  private let topk: Int
  private let followed: Followed
  private let draws: Int
  private let references: [String]
  private let seed: Int

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
      "target", default: Followed.truth, help: "the phrase of the target, or the one predicted")
    draws = p.int("bootstrap", default: 2000, in: 100...100_000, help: "draws of images")
    references = p.strings(
      "references", default: [], help: "methods that all others are compared with")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of noise and draws")
    deletion = PixelDeletion(
      fill: fill, steps: steps, every: every, fraction: fraction, seed: UInt64(seed))
    if steps % every != 0 {
      p.refuse(
        ParameterProblem(
          parameter: "every", what: "\(every) does not divide \(steps) steps",
          why: "points lie at equal distances", fix: "write a divisor of \(steps)"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 60, memoryBytes: 1 << 30) }

  /// What the curves of one target gave.
  private struct Outcome {
    var areas: [String: Double] = [:]
    var curves: [PixelDeletion.Direction: (hits: [Double], cosines: [Double])] = [:]
  }

  func run(_ context: StageContext) throws {
    let images = context.input("images")
    let set = try CaptionedImages(reading: images.url)
    let trained = try TrainedCLIP(reading: context.input("model").url)
    try trained.check(set)
    let lanes = Lanes(context.lanes)
    let judge = Judge(
      trained: trained, set: set,
      classes: try trained.classEmbeddings(set.phrases, lanes: lanes), lanes: lanes)
    let perStep = Int(Double(set.height * set.width) * deletion.fraction / Double(deletion.steps))
    guard perStep >= 1, !set.phrases.isEmpty else {
      throw StageFailure(
        at: "parameter steps", "\(deletion.steps) steps change less than a pixel each",
        why: "an image has \(set.height * set.width)", fix: "write fewer steps")
    }
    let hasScenes = set.targetsByImage.contains { $0.count > 1 }
    guard !hasScenes || topk < set.phrases.count else {
      throw StageFailure(
        at: "parameter topk", "the nearest \(topk) of \(set.phrases.count) phrases",
        why: "every phrase would always be among them, and selectivity 0",
        fix: "write at most \(set.phrases.count - 1)")
    }
    let pictures = deletion.steps / deletion.every + 1
    guard pictures * set.height * set.width * 3 <= Self.pictureBytes else {
      throw StageFailure(
        at: "parameter every",
        "\(pictures) pictures of \(set.width) x \(set.height) pixels for each target",
        why: "they are held at once, in \(Self.pictureBytes >> 20) MiB",
        fix: "write a larger every, or fewer steps")
    }
    let bootstrap = GroupedBootstrap(
      groupOf: set.targets.map(\.image), count: draws, seed: UInt64(seed))
    var areas = Table(columns: Self.outputs[0].columns)
    var curves = Table(columns: Self.outputs[1].columns)
    let byImage = set.targetsByImage
    let methods = try context.inputList("maps").map {
      try HeatMaps($0, of: images, targets: set.targets.count)
    }
    if let unknown = references.first(where: { name in !methods.contains { $0.method == name } }) {
      throw StageFailure(
        at: "parameter references", "no maps of \"\(unknown)\"",
        why: "there are " + methods.map(\.method).joined(separator: ", "),
        fix: "name one of them")
    }
    var all: [(method: String, outcomes: [Outcome])] = []
    for maps in methods {
      let outcomes = try set.targets.indices.map { target -> Outcome in
        try context.checkCancellation()
        let others = byImage[set.targets[target].image].filter { $0 != target }
        return outcome(maps, target, others: others, judge)
      }
      for measure in Self.measures {
        let values = outcomes.map { $0.areas[measure] }
        guard let interval = bootstrap.interval(values) else { continue }
        areas.append(
          set.cells + [
            .string(maps.method), .string(measure), .double(interval.mean), .double(interval.low),
            .double(interval.high), .int(values.count { $0 != nil }),
          ])
      }
      append(outcomes, of: maps.method, set, to: &curves)
      all.append((maps.method, outcomes))
    }
    try paired(all, set, bootstrap).write(to: context, "paired")
    try areas.write(to: context, "areas")
    try curves.write(to: context, "curves")
  }

  /// Differences target by target: all methods saw the same noise on the same images.
  private func paired(
    _ all: [(method: String, outcomes: [Outcome])], _ set: CaptionedImages,
    _ bootstrap: GroupedBootstrap
  ) -> Table {
    var table = Table(columns: Self.outputs[2].columns)
    for reference in all where references.contains(reference.method) {
      for other in all where other.method != reference.method {
        for measure in Self.measures {
          let differences = zip(reference.outcomes, other.outcomes).map { one, two in
            one.areas[measure].flatMap { one in two.areas[measure].map { one - $0 } }
          }
          guard let interval = bootstrap.interval(differences) else { continue }
          table.append(
            set.cells + [
              .string(reference.method), .string(other.method), .string(measure),
              .double(interval.mean), .double(interval.low), .double(interval.high),
              .int(differences.count { $0 != nil }),
            ])
        }
      }
    }
    return table
  }

  /// Deletion and insertion where the target stands alone; selective deletion where there are
  /// others: how much longer they stay among the nearest phrases.
  private func outcome(
    _ maps: HeatMaps, _ target: Int, others: [Int], _ judge: Judge
  ) -> Outcome {
    let set = judge.set
    let number = set.targets[target].image
    let image = set.images.rows(number..<number + 1)
    let order = descendingOrder(maps.enlarged(target, rows: set.height, columns: set.width))
    let deleted = judge.scores(
      deletion.images(image, order: order, .deletion, number: number))
    var phrase = judge.phrase(of: target)
    if followed == .pred { phrase = Int(deleted.rows(0..<1).largestColumns()[0]) }
    var outcome = Outcome()
    guard others.isEmpty else {
      func area(_ phrase: Int) -> Double {
        areaUnderCurve(judge.hits(deleted, phrase: phrase, top: topk))
      }
      let kept = others.map { area(judge.phrase(of: $0)) }
      outcome.areas["selectivity"] = (Summary.mean(kept) ?? 0) - area(phrase)
      return outcome
    }
    let inserted = judge.scores(
      deletion.images(image, order: order, .insertion, number: number))
    let curves = [PixelDeletion.Direction.deletion: deleted, .insertion: inserted].mapValues {
      (hits: judge.hits($0, phrase: phrase, top: 1), cosines: judge.cosines($0, phrase: phrase))
    }
    outcome.curves = curves
    for (direction, scores) in [
      (PixelDeletion.Direction.deletion, deleted), (.insertion, inserted),
    ] {
      // Among as many as there are, the phrase is always found.
      for top in [5, 10] where top < set.phrases.count {
        outcome.areas["\(direction.rawValue)_top\(top)"] = areaUnderCurve(
          judge.hits(scores, phrase: phrase, top: top))
      }
    }
    for (direction, curve) in curves {
      outcome.areas[direction.rawValue] = areaUnderCurve(curve.hits)
      outcome.areas["\(direction.rawValue)_cos"] = areaUnderCurve(curve.cosines)
    }
    if let hits = curves[.insertion]?.hits, hits.count > 2 {
      outcome.areas["insertion_inner"] = areaUnderCurve(Array(hits.dropLast()))
    }
    outcome.areas["insertion_less_deletion"] =
      (outcome.areas["insertion"] ?? 0) - (outcome.areas["deletion"] ?? 0)
    return outcome
  }

  private func append(
    _ outcomes: [Outcome], of method: String, _ set: CaptionedImages, to table: inout Table
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

/// Cosines of changed images with all phrases.
private struct Judge {
  let trained: TrainedCLIP
  let set: CaptionedImages
  let classes: Tensor
  let lanes: Lanes

  func phrase(of target: Int) -> Int {
    set.phrases.firstIndex(of: set.targets[target].phrase) ?? 0
  }

  /// `[images, phrases]`.
  func scores(_ images: ByteTensor) -> Tensor {
    trained.imageEmbeddings(images, lanes: lanes).matrixProduct(
      classes, transposed: .right, lanes: lanes)
  }

  func hits(_ scores: Tensor, phrase: Int, top: Int) -> [Double] {
    (0..<scores.shape[0]).map {
      rank(of: phrase, in: scores.rows($0..<$0 + 1).values) < top ? 1 : 0
    }
  }

  func cosines(_ scores: Tensor, phrase: Int) -> [Double] {
    (0..<scores.shape[0]).map { Double(scores.rows($0..<$0 + 1).values[phrase]) }
  }
}

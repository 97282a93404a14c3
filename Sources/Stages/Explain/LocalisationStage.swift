import Compute
import Pipeline

/// `explain.localisation`: how well maps of several methods find the targets' masks.
struct LocalisationStage: Stage {
  static let kind = "explain.localisation"
  static let version = 1
  static let summary = "Compares maps of several methods with exact masks, with paired intervals."
  static let inputs = [
    InputSlot("images", .dataset, help: "images with masks of their targets"),
    InputSlot("maps", .tensors, isList: true, help: "maps of each method, of these images"),
  ]
  static let outputs = [
    OutputSlot(
      "scores", .table,
      columns: ResultColumns.dataset + [Column("method", .string, help: "whose maps")]
        + Measure.allCases.flatMap(\.columns) + [
          Column("flat", .int, help: "maps that are constant or not numbers, scored as empty"),
          Column("n", .int, help: "targets"), Column("images", .int, help: "drawn as a whole"),
        ], help: "one row per method; bounds hold 95 % of bootstrap means over images"),
    OutputSlot(
      "paired", .table,
      columns: ResultColumns.dataset + [
        Column("reference", .string, help: "method that is better where the number is above 0"),
        Column("method", .string, help: "what it is compared with"),
        Column("measure", .string, help: "name of the measure"),
        Column("difference", .double, help: "reference less method, mean over targets"),
        Column("low", .double, help: "lower 95 % bound over images"),
        Column("high", .double, help: "upper 95 % bound over images"),
        Column("n", .int, help: "targets"),
      ], help: "one row per reference, other method and measure"),
  ]

  /// What is measured of each target.
  enum Measure: String, CaseIterable {
    case hit = "pg"
    case nearHit = "pg_tol"
    case energy
    case meanIoU = "iou_mean"
    case halfIoU = "iou_half"
    case accuracy = "pixel_accuracy"
    case averagePrecision = "ap"
    case which
    case sparsity
    case entropy

    private var help: String {
      switch self {
      case .hit: "whether the largest place lies in the mask"
      case .nearHit: "the same within the tolerance"
      case .energy: "share of the map's sum in the mask"
      case .meanIoU: "overlap of the mask and what exceeds the map's mean"
      case .halfIoU: "overlap of the mask and what exceeds one half"
      case .accuracy: "pixels right, what exceeds the mean taken for the mask"
      case .averagePrecision: "average precision of pixels ranked by the map"
      case .which: "whether the mean in the mask exceeds that in each other mask of the image"
      case .sparsity: "share of patches that hold 90 % of the map"
      case .entropy: "of the map over that of an even one"
      }
    }

    var columns: [Column] {
      let direction: Column.Direction = self == .sparsity || self == .entropy ? .none : .higher
      return [
        Column(rawValue, .double, unit: "fraction", direction: direction, help: help),
        Column("\(rawValue)_low", .double, unit: "fraction", help: "lower 95 % bound"),
        Column("\(rawValue)_high", .double, unit: "fraction", help: "upper 95 % bound"),
      ]
    }
  }

  private let tolerance: Int
  private let draws: Int
  private let references: [String]
  private let seed: Int

  init(_ p: inout ParameterReader) {
    tolerance = p.int(
      "tolerance", default: 3, in: 0...100, unit: "pixels", help: "of the tolerant pointing game")
    draws = p.int("bootstrap", default: 2000, in: 100...100_000, help: "draws of images")
    references = p.strings(
      "references", default: [], help: "methods that all others are compared with")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the draws")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 20, memoryBytes: 512 << 20) }

  func run(_ context: StageContext) throws {
    let images = context.input("images")
    let set = try CaptionedImages(reading: images.url)
    guard set.masks.shape[0] == set.targets.count, !set.targets.isEmpty else {
      throw StageFailure(
        at: "input images", "there are no masks", why: "maps are compared with masks",
        fix: "use vision.scenes or vision.fashion_scenes")
    }
    if let empty = set.targets.indices.first(where: { !set.mask($0).contains(true) }) {
      throw StageFailure(
        at: "input images", "the mask of target \(empty) is empty",
        why: "a target without pixels cannot be found", fix: "leave that target out")
    }
    let methods = try context.inputList("maps").map {
      try HeatMaps($0, of: images, targets: set.targets.count)
    }
    if let unknown = references.first(where: { name in !methods.contains { $0.method == name } }) {
      throw StageFailure(
        at: "parameter references", "no maps of \"\(unknown)\"",
        why: "there are " + methods.map(\.method).joined(separator: ", "),
        fix: "name one of them")
    }
    let lanes = Lanes(context.lanes)
    let bootstrap = GroupedBootstrap(
      groupOf: set.targets.map(\.image), count: draws, seed: UInt64(seed))
    var measured: [(method: String, values: [Measure: [Double?]], flat: Int)] = []
    for maps in methods {
      try context.checkCancellation()
      let (values, flat) = measure(maps, set, lanes: lanes)
      measured.append((maps.method, values, flat))
    }
    var scores = Table(columns: Self.outputs[0].columns)
    for (method, values, flat) in measured {
      let cells = Measure.allCases.flatMap { measure -> [Value] in
        let interval = bootstrap.interval(values[measure] ?? [])
        return [interval?.mean, interval?.low, interval?.high].map(Value.measured)
      }
      scores.append(
        set.cells + [.string(method)] + cells + [
          .int(flat), .int(set.targets.count), .int(Set(set.targets.map(\.image)).count),
        ])
    }
    try scores.write(to: context, "scores")
    try paired(measured, set, bootstrap).write(to: context, "paired")
  }

  private func paired(
    _ measured: [(method: String, values: [Measure: [Double?]], flat: Int)],
    _ set: CaptionedImages, _ bootstrap: GroupedBootstrap
  ) -> Table {
    var table = Table(columns: Self.outputs[1].columns)
    for reference in measured where references.contains(reference.method) {
      for other in measured where other.method != reference.method {
        for measure in Measure.allCases {
          let differences = zip(reference.values[measure] ?? [], other.values[measure] ?? []).map {
            one, two in one.flatMap { one in two.map { one - $0 } }
          }
          let interval = bootstrap.interval(differences)
          table.append(
            set.cells + [
              .string(reference.method), .string(other.method), .string(measure.rawValue),
              .measured(interval?.mean), .measured(interval?.low), .measured(interval?.high),
              .int(differences.count { $0 != nil }),
            ])
        }
      }
    }
    return table
  }

  /// All measures of all targets of one method.
  private func measure(
    _ maps: HeatMaps, _ set: CaptionedImages, lanes: Lanes
  ) -> (values: [Measure: [Double?]], flat: Int) {
    let byImage = set.targetsByImage
    let rows = lanes.mapChunks(of: set.targets.count, size: 8) { _, part in
      part.map { target -> ([Measure: Double], Bool) in
        let map = maps.enlarged(target, rows: set.height, columns: set.width)
        let found = Localisation(
          map: map, mask: set.mask(target), columns: set.width, tolerance: tolerance)
        let (places, entropy) = sparsity(of: maps.native(target))
        var values: [Measure: Double] = [
          .hit: found.isHit ? 1 : 0, .nearHit: found.isNearHit ? 1 : 0, .energy: found.energy,
          .meanIoU: found.meanIoU, .halfIoU: found.halfIoU, .accuracy: found.meanAccuracy,
          .averagePrecision: found.averagePrecision, .sparsity: places, .entropy: entropy,
        ]
        let others = byImage[set.targets[target].image].filter { $0 != target }
        if !others.isEmpty {
          let scaled = Localisation.normalised(map).values
          let own = Self.mean(scaled, in: set.mask(target))
          values[.which] = others.allSatisfy { own > Self.mean(scaled, in: set.mask($0)) } ? 1 : 0
        }
        return (values, found.isFlat)
      }
    }.flatMap { $0 }
    var values: [Measure: [Double?]] = [:]
    for measure in Measure.allCases { values[measure] = rows.map { $0.0[measure] } }
    return (values, rows.count { $0.1 })
  }

  private static func mean(_ values: [Double], in mask: [Bool]) -> Double {
    let inside = values.indices.filter { mask[$0] }
    return inside.reduce(0) { $0 + values[$1] } / Double(max(1, inside.count))
  }
}

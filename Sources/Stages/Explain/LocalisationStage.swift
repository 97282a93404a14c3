import Compute
import Pipeline

/// `explain.localisation`: how well maps of several methods find the targets' masks.
struct LocalisationStage: Stage {
  static let kind = "explain.localisation"
  static let version = 2
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
      "paired", .table, columns: MethodComparison.pairedColumns,
      help: "one row per reference, other method and measure"),
  ]

  /// What is measured of each target.
  enum Measure: String, CaseIterable {
    case hit = "pg"
    case nearHit = "pg_tol"
    case energy
    case meanIoU = "iou_mean"
    case halfIoU = "iou_half"
    case accuracy = "pixel_accuracy"
    case halfAccuracy = "pixel_accuracy_half"
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
      case .halfAccuracy: "pixels right, what exceeds one half taken for the mask"
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
  private let comparison: MethodComparison

  init(_ p: inout ParameterReader) {
    tolerance = p.int(
      "tolerance", default: 3, in: 0...100, unit: "pixels", help: "of the tolerant pointing game")
    comparison = MethodComparison(&p, seedHelp: "of the draws")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 20, memoryBytes: 512 << 20) }

  func run(_ context: StageContext) throws {
    let images = context.input("images")
    let set = try CaptionedImages(reading: images.url)
    try set.requireMasks(input: "images", why: "maps are compared with masks")
    if let empty = set.targets.indices.first(where: { !set.mask($0).contains(true) }) {
      throw StageFailure(
        at: "input images", "the mask of target \(empty) is empty",
        why: "a target without pixels cannot be found", fix: "leave that target out")
    }
    let lanes = Lanes(context.lanes)
    let bootstrap = comparison.bootstrap(over: set)
    var scores = Table(columns: Self.outputs[0].columns)
    var all: [MethodComparison.Measured<Measure>] = []
    for maps in try comparison.maps(context, of: images, set) {
      try context.checkCancellation()
      let (values, flat) = measure(maps, set, lanes: lanes)
      let cells = Measure.allCases.flatMap { measure -> [Value] in
        let interval = bootstrap.interval(values[measure] ?? [])
        return [interval?.mean, interval?.low, interval?.high].map(Value.measured)
      }
      scores.append(
        set.cells + [.string(maps.method)] + cells + [
          .int(flat), .int(set.targets.count), .int(Set(set.targets.map(\.image)).count),
        ])
      all.append(.init(method: maps.method, values: values))
    }
    try scores.write(to: context, "scores")
    try comparison.paired(all, Measure.allCases, set, bootstrap).write(to: context, "paired")
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
          .halfAccuracy: found.halfAccuracy, .averagePrecision: found.averagePrecision,
          .sparsity: places, .entropy: entropy,
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

import Compute
import Pipeline

/// How stages compare maps of several methods: intervals over images, and differences of methods
/// target by target. All methods see the same draws.
struct MethodComparison {
  /// One row for each reference, other method and measure.
  static let pairedColumns =
    ResultColumns.dataset + [
      Column("reference", .string, help: "what the other is taken from"),
      Column("method", .string, help: "what it is compared with"),
      Column("measure", .string, help: "name of the measure"),
      Column("difference", .double, help: "reference less method, mean over targets"),
    ] + ResultColumns.bounds(over: "images") + [Column("n", .int, help: "targets")]

  /// What one method's maps gave: a number for each target, nil where it is not defined.
  struct Measured<Measure: Hashable> {
    let method: String
    let values: [Measure: [Double?]]
  }

  let seed: Int
  private let draws: Int
  private let references: [String]

  init(_ p: inout ParameterReader, seedHelp: String) {
    draws = p.int(
      "bootstrap", default: GroupedBootstrap.usualDraws, in: 100...100_000, help: "draws of images")
    references = p.strings(
      "references", default: [], help: "methods that all others are compared with")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: seedHelp)
  }

  func bootstrap(over set: CaptionedImages) -> GroupedBootstrap {
    GroupedBootstrap(groupOf: set.targets.map(\.image), count: draws, seed: UInt64(seed))
  }

  /// The maps of the input `maps`, which explain those images.
  ///
  /// - Throws: ``StageFailure`` for maps of other images, and a reference that there is not.
  func maps(
    _ context: StageContext, of images: InputArtifact, _ set: CaptionedImages
  ) throws -> [HeatMaps] {
    let maps = try context.inputList("maps").map {
      try HeatMaps($0, of: images, targets: set.targets.count)
    }
    if let unknown = references.first(where: { name in !maps.contains { $0.method == name } }) {
      throw StageFailure(
        at: "parameter references", "no maps of \"\(unknown)\"",
        why: "there are " + maps.map(\.method).joined(separator: ", "),
        fix: "name one of them")
    }
    return maps
  }

  /// Differences of `measures` of each reference from every other method.
  func paired<Measure: Hashable & RawRepresentable<String>>(
    _ all: [Measured<Measure>], _ measures: [Measure], _ set: CaptionedImages,
    _ bootstrap: GroupedBootstrap
  ) -> Table {
    var table = Table(columns: Self.pairedColumns)
    for reference in all where references.contains(reference.method) {
      for other in all where other.method != reference.method {
        for measure in measures {
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
}

extension ResultColumns {
  /// The bounds of ``GroupedBootstrap/Interval``.
  static func bounds(over groups: String) -> [Column] {
    [
      Column("low", .double, help: "lower 95 % bound over \(groups)"),
      Column("high", .double, help: "upper 95 % bound over \(groups)"),
    ]
  }
}

import Compute
import Foundation
import Pipeline

/// `defense.spectral`: spectral signatures of the training set.
///
/// For each class by label: features phi centred on their mean, top right singular vector v, score
/// ((phi - mean) v)^2; the highest 1.5 r N scores are removed, at most half of the class.
/// Source: Tran et al. 2018.
struct SpectralStage: Stage {
  static let kind = "defense.spectral"
  static let version = 1
  static let summary = "Looks for poisoned training records by spectral signatures of each class."
  static let inputs = PoisonedFeatures.inputs
  static let outputs = [
    OutputSlot(
      "classes", .table,
      columns: PoisonedFeatures.columns(members: "records with this label") + [
        Column("removed", .int, help: "records with the highest scores"),
        ResultColumns.share(
          "recall", of: "n_poisoned", .higher, help: "poisoned records that are removed"),
        ResultColumns.share(
          "precision", of: "removed", .higher, help: "removed records that are poisoned"),
        Column("auroc", .double, direction: .higher, help: "of the score inside the class"),
      ], help: "one row per class")
  ]

  private let rate: Double
  private let limit: Int

  init(_ p: inout ParameterReader) {
    rate = p.double(
      "rate", default: 0.05, in: .open(0, 1), unit: "fraction",
      help: "share of poison that the defender expects")
    limit = PoisonedFeatures.limit(&p)
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: Double(limit) / 2000, memoryBytes: PoisonedFeatures.memoryBytes)
  }

  func run(_ context: StageContext) throws {
    let data = try PoisonedFeatures(context, limit: limit)
    let lanes = Lanes(context.lanes)
    var table = Table(columns: Self.outputs[0].columns)
    let budget = Int(1.5 * rate * Double(data.labels.count))
    try data.forEachClass(context) { one in
      let scores = SpectralSignature.scores(data.features(of: one.members), lanes: lanes)
      let removed = scores.indices.sorted { scores[$0] > scores[$1] }
        .prefix(min(budget, one.members.count / 2))
      let isPoisoned = one.members.map { data.isPoisoned[$0] }
      let found = removed.count { isPoisoned[$0] }
      func part(poisoned: Bool) -> [Double] {
        scores.indices.filter { isPoisoned[$0] == poisoned }.map { scores[$0] }
      }
      table.append(
        one.cells + [
          .int(removed.count), PoisonedFeatures.share(found, of: one.poisoned),
          PoisonedFeatures.share(found, of: removed.count),
          .measured(auroc(positives: part(poisoned: true), negatives: part(poisoned: false))),
        ])
    }
    try table.write(to: context, "classes")
  }
}

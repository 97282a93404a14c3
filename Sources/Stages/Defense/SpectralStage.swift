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
      columns: ResultColumns.dataset + ResultColumns.training + [
        Column("class", .int, help: "label as trained"),
        Column("n", .int, help: "records with this label"),
        Column("n_poisoned", .int, help: "poisoned ones among them"),
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
      "rate", default: 0.05, in: .open(0, 1), help: "share of poison that the defender expects")
    limit = p.int(
      "limit", default: 50_000, in: 2...Int.max, unit: "records",
      help: "training records, from the first")
  }

  var estimate: Estimate { Estimate(cpuSeconds: Double(limit) / 2000, memoryBytes: 1 << 30) }

  func run(_ context: StageContext) throws {
    let data = try PoisonedFeatures(context, limit: limit)
    let lanes = Lanes(context.lanes)
    var table = Table(columns: Self.outputs[0].columns)
    for label in 0..<data.model.classCount {
      try context.checkCancellation()
      context.progress(
        StageProgress(Double(label) / Double(data.model.classCount), "class \(label)"))
      let members = data.members(of: label)
      let scores = SpectralSignature.scores(data.features(of: members), lanes: lanes)
      let budget = Int(1.5 * rate * Double(data.labels.count))
      let removed = scores.indices.sorted { scores[$0] > scores[$1] }
        .prefix(min(budget, members.count / 2))
      let poisoned = members.indices.filter { data.isPoisoned[members[$0]] }
      let found = removed.count { data.isPoisoned[members[$0]] }
      let clean = members.indices.filter { !data.isPoisoned[members[$0]] }
      func share(of count: Int) -> Value {
        count == 0 ? .null : .double(Double(found) / Double(count))
      }
      table.append(
        data.set.cells + data.model.cells + [
          .int(label), .int(members.count), .int(poisoned.count), .int(removed.count),
          share(of: poisoned.count), share(of: removed.count),
          .measured(
            auroc(positives: poisoned.map { scores[$0] }, negatives: clean.map { scores[$0] })),
        ])
    }
    try table.write(to: context, "classes")
  }
}

/// The score behind spectral signatures.
package enum SpectralSignature {
  /// `((phi - mean) v)^2` for each row of `[n, d]`, v the top right singular vector.
  package static func scores(_ features: Tensor, lanes: Lanes) -> [Double] {
    let centred = features.centred(on: features.rowMean())
    let direction = centred.topRightSingularVector(lanes: lanes)
    let values = centred.values
    return (0..<features.shape[0]).map { row in
      let projection = direction.indices.reduce(0.0) {
        $0 + Double(values[row * direction.count + $1]) * direction[$1]
      }
      return projection * projection
    }
  }
}

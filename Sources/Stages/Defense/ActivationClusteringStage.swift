import Compute
import Foundation
import Pipeline

/// `defense.activation_clustering`: two clusters in the features of each class.
///
/// A class is flagged if its smaller cluster holds under 35 % of it or the silhouette exceeds 0.09,
/// never when it does not split: the constants of the TITIM scripts, which also cluster raw
/// features. Source: Chen et al. 2018.
struct ActivationClusteringStage: Stage {
  static let kind = "defense.activation_clustering"
  static let version = 1
  static let summary = "Looks for poisoned classes by splitting their features in two clusters."
  static let inputs = PoisonedFeatures.inputs
  static let outputs = [
    OutputSlot(
      "classes", .table,
      columns: PoisonedFeatures.columns(members: "records that were clustered") + [
        ResultColumns.share("smaller", of: "n", help: "the smaller cluster"),
        Column("silhouette", .double, help: "of the split; null: the class does not split"),
        Column("flagged", .bool, help: "whether the class looks poisoned"),
        Column("smaller_n", .int, help: "records in the smaller cluster"),
        ResultColumns.share(
          "recall", of: "n_poisoned", .higher, help: "poisoned records in the smaller cluster"),
        ResultColumns.share(
          "precision", of: "smaller_n", .higher, help: "records there that are poisoned"),
      ], help: "one row per class")
  ]

  private static let smallShare = 0.35
  private static let clearSilhouette = 0.09

  private let limit: Int
  private let perClass: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    limit = PoisonedFeatures.limit(&p)
    perClass = p.int(
      "per_class", default: 1000, in: 2...20_000, unit: "records",
      help: "records of each class, from the first; the silhouette costs their square")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the first cluster centres")
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: Double(limit) / 2000, memoryBytes: PoisonedFeatures.memoryBytes)
  }

  func run(_ context: StageContext) throws {
    let data = try PoisonedFeatures(context, limit: limit)
    var table = Table(columns: Self.outputs[0].columns)
    try data.forEachClass(context, limit: perClass) { one in
      guard one.members.count >= 2 else {
        table.append(one.cells + [.null, .null, .bool(false), .int(0), .null, .null])
        return
      }
      let features = data.features(of: one.members)
      let split = TwoMeans(features, seed: UInt64(seed)).assignment
      let ones = split.count { $0 == 1 }
      let smaller = ones <= one.members.count - ones ? 1 : 0
      let inside = one.members.indices.filter { split[$0] == smaller }
      let silhouette = silhouette(
        features, assignment: split, lanes: Lanes(context.lanes))
      let share = Double(inside.count) / Double(one.members.count)
      let found = inside.count { data.isPoisoned[one.members[$0]] }
      let isFlagged =
        silhouette.map { share < Self.smallShare || $0 > Self.clearSilhouette } ?? false
      table.append(
        one.cells + [
          .double(share), .measured(silhouette), .bool(isFlagged), .int(inside.count),
          PoisonedFeatures.share(found, of: one.poisoned),
          PoisonedFeatures.share(found, of: inside.count),
        ])
    }
    try table.write(to: context, "classes")
  }
}

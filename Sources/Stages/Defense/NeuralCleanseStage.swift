import Compute
import Foundation
import Pipeline

/// `defense.neural_cleanse`: the smallest trigger that turns clean images into each class.
///
/// A class whose smallest trigger is far smaller than those of the others looks like a backdoor's
/// target. Costs `steps` forward and backward passes of a batch for every class: meant for the
/// largest profile.
struct NeuralCleanseStage: Stage {
  static let kind = "defense.neural_cleanse"
  static let version = 1
  static let summary = "Reverse-engineers a small trigger for each class and looks for outliers."
  static let inputs = [
    InputSlot("model", .model, help: "from train.classifier"),
    InputSlot("images", .dataset, help: "clean images to optimise on"),
  ]
  static let outputs = [
    OutputSlot(
      "classes", .table,
      columns: ResultColumns.dataset + ResultColumns.training + [
        Column("class", .int, help: "class the trigger aims at"),
        Column("l1", .double, unit: "pixels", help: "sum of the mask; null: none reached the goal"),
        Column("success", .double, unit: "fraction", help: "of the last batch with that mask"),
        Column("anomaly_index", .double, help: "|l1 - median| / (1.4826 MAD); null: no l1 or MAD"),
        Column("flagged", .bool, help: "index above 2 and l1 at most the median"),
      ], help: "one row per class")
  ]

  private let settings: TriggerInversion.Settings
  private let limit: Int

  init(_ p: inout ParameterReader) {
    settings = TriggerInversion.Settings(
      steps: p.int("steps", default: 500, in: 1...100_000, help: "optimiser steps for each class"),
      batch: p.int("batch", default: 128, in: 1...4096, unit: "images", help: "images in one step"),
      learningRate: p.double(
        "lr", default: 0.1, in: .above(0, through: 10), help: "of Adam on mask and pattern"),
      successGoal: p.double(
        "success", default: 0.99, in: .open(0, 1), help: "share of images the trigger must turn"),
      seed: p.int("seed", default: 0, in: 0...Int.max, help: "of the order of images"))
    limit = p.int(
      "limit", default: 1000, in: 1...Int.max, unit: "images", help: "images, from the first")
  }

  var estimate: Estimate {
    Estimate(
      cpuSeconds: Double(settings.steps * settings.batch) / 100, memoryBytes: 1 << 30)
  }

  func run(_ context: StageContext) throws {
    let model = try TrainedClassifier(reading: context.input("model").url)
    let set = try ImageSet(reading: context.input("images").url).prefix(limit)
    let inversion = TriggerInversion(
      classifier: model.classifier, images: set.records.images, settings: settings,
      lanes: Lanes(context.lanes))
    var found: [TriggerInversion.Outcome] = []
    for label in 0..<model.classCount {
      let classes = Double(model.classCount)
      found.append(
        try inversion.run(towards: label) { step in
          try context.checkCancellation()
          let part = Double(step) / Double(settings.steps)
          context.progress(
            StageProgress((Double(label) + part) / classes, "class \(label), step \(step)"))
        })
    }
    // A mask that does not turn the images is no trigger: its size would move the median.
    let norms = found.compactMap(\.norm)
    var table = Table(columns: Self.outputs[0].columns)
    for (label, outcome) in found.enumerated() {
      let index = outcome.norm.flatMap { AnomalyIndex.of($0, among: norms) }
      let isSmall = outcome.norm ?? .infinity <= Summary.median(norms) ?? 0
      table.append(
        set.cells + model.cells + [
          .int(label), .measured(outcome.norm), .double(outcome.success), .measured(index),
          .bool(index ?? 0 > 2 && isSmall),
        ])
    }
    try table.write(to: context, "classes")
  }
}

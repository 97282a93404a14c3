import Compute
import Foundation
import Pipeline

/// `defense.strip`: the input-level detector STRIP.
///
/// An image is superimposed with N clean ones, in normalised space and without a convex mix as in
/// the TITIM scripts: x + x_j / 2. A trigger keeps its prediction through the superposition, so
/// a low mean entropy is suspicious:
///
///     H(x) = mean_j -sum_c p_c ln(p_c + 1e-8),  p = softmax f(x + x_j / 2),  score = -H
///
/// The threshold is minus the 5 % quantile of the clean entropies. Source: Gao et al. 2019.
struct StripStage: Stage {
  static let kind = "defense.strip"
  static let version = 1
  static let summary = "Detects stamped test images by low entropy under superposition (STRIP)."
  static let inputs = [
    InputSlot("model", .model, help: "from train.classifier"),
    InputSlot("trigger", .tensors, help: "from backdoor.trigger"),
    InputSlot("test", .dataset, help: "clean test set"),
    InputSlot("reference", .dataset, help: "clean images to superimpose"),
  ]
  static let outputs = [
    OutputSlot(
      "detect", .table, columns: Detection.columns, help: "one row per intensity and population")
  ]

  private let grid: IntensityGrid
  private let target: Int
  private let limit: Int
  private let overlays: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    grid = IntensityGrid(&p, default: [0.5, 0.7, 1], help: "test intensities to detect")
    target = p.int("target", default: 0, in: 0...255, help: "class the attack aims at")
    limit = p.int(
      "limit", default: 200, in: 1...Int.max, unit: "images", help: "test images, from the first")
    overlays = p.int(
      "overlays", default: 64, in: 1...1000, unit: "images", help: "clean images laid over each")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the choice of clean images")
  }

  var estimate: Estimate {
    let passes = Double(limit) * Double((grid.values.count + 1) * overlays)
    return Estimate(cpuSeconds: passes / 2000, memoryBytes: AttackUnderTest.memoryBytes)
  }

  func run(_ context: StageContext) throws {
    let attack = try AttackUnderTest(context, grid: grid, target: target, limit: limit)
    let (model, trigger, set) = (attack.model, attack.trigger, attack.set)
    let reference = try ImageSet(reading: context.input("reference").url)
    guard reference.count >= overlays else {
      throw StageFailure(
        at: "input reference", "\(reference.count) images for \(overlays) overlays",
        why: "each overlay is another clean image",
        fix: "write overlays: \(reference.count), or connect a larger set")
    }
    var random = RandomStream.generator(seed: UInt64(seed), purpose: "strip overlays")
    let chosen = random.permutation(reference.count).prefix(overlays)
    let entropy = SuperpositionEntropy(
      classifier: model.classifier, overlays: reference.records.images.gathered(rows: chosen),
      lanes: Lanes(context.lanes))
    func scored(_ images: ByteTensor, _ step: Int, _ name: String) throws -> ScoredImages {
      try context.checkCancellation()
      context.progress(StageProgress(Double(step) / Double(grid.values.count + 1), name))
      return ScoredImages(
        labels: set.records.labels,
        predictions: model.classifier.predictions(images, lanes: entropy.lanes),
        scores: entropy.values(of: images).map { -$0 })
    }
    let clean = try scored(set.records.images, 0, "clean images")
    let threshold = Summary.quantile(0.95, of: clean.scores) ?? 0
    var table = Table(columns: Self.outputs[0].columns)
    for (index, intensity) in grid.ordered.enumerated() {
      let stamped = try scored(
        trigger.stamped(set.records.images, intensity: intensity, lanes: entropy.lanes),
        index + 1, "intensity \(Value.double(intensity).plainText)")
      let rows = Detection.rows(
        defense: .strip, intensity: intensity, stamped: stamped, clean: clean, target: target,
        threshold: threshold, context)
      for row in rows { table.append(set.cells + model.cells + row) }
    }
    try table.write(to: context, "detect")
  }
}

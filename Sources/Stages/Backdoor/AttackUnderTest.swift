import Compute
import Pipeline

/// A model, the trigger it is attacked with and clean test images: the common ground of the stages
/// that stamp test images.
struct AttackUnderTest {
  /// What a test of 10,000 images holds: them, stamped copies and scaled or mixed ones, 31 MB each
  /// and twice while they change hands, and one batch on its way through the classifier.
  static let memoryBytes = 768 << 20

  let model: TrainedClassifier
  let trigger: Trigger
  let set: ImageSet

  /// Reads the inputs `model`, `trigger` and the first `limit` images of `test`.
  ///
  /// - Throws: ``StageFailure`` when they do not belong together: a trigger of another family than
  ///   the intensities, a target that the set has not, only images of the target class, or a model
  ///   poisoned towards another target or with another trigger.
  init(_ context: StageContext, grid: IntensityGrid, target: Int, limit: Int) throws {
    model = try TrainedClassifier(reading: context.input("model").url)
    trigger = try Trigger(reading: context.input("trigger").url)
    set = try ImageSet(reading: context.input("test").url).prefix(limit)
    try grid.check(trigger)
    try set.check(target: target)
    try checkNonTarget(target)
    try checkTraining(target: target, trigger: context.input("trigger").hash)
  }

  private func checkNonTarget(_ target: Int) throws {
    guard set.records.labels.contains(where: { Int($0) != target }) else {
      throw StageFailure(
        at: "input test", "all \(set.count) images are of the target class \(target)",
        why: "attack success is counted over images of other classes",
        fix: "use more test images, or another target")
    }
  }

  /// A clean model may be tested with anything.
  private func checkTraining(target: Int, trigger hash: String) throws {
    let training = model.provenance
    guard training.count > 0 else { return }
    guard training.target == target else {
      throw StageFailure(
        at: "parameter target",
        "\(target), but the model was poisoned towards class \(training.target)",
        why: "success towards another class than the attack's says nothing about the attack",
        fix: "write target: \(training.target)")
    }
    guard training.trigger == hash else {
      throw StageFailure(
        at: "input trigger",
        "trigger \(hash.prefix(8)), but the model was poisoned with \(training.trigger.prefix(8))",
        why: "a pattern drawn anew for the test set measures another attack",
        fix: "connect the trigger that was given to backdoor.poison")
    }
  }
}

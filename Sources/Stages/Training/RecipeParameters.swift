import Compute
import Pipeline

/// The parameters of one training: optimiser, schedule, augmentation.
struct RecipeParameters {
  enum Optimisation: String, CaseIterable { case adamw, adam, sgd }

  let epochs: Int
  let batch: Int
  private let lr: Double
  private let optimizer: Optimisation
  private let weightDecay: Double
  private let schedule: LearningRateSchedule
  private let augmentation: Augmentation

  init(_ p: inout ParameterReader) {
    epochs = p.int("epochs", default: 3, in: 1...10_000, help: "passes over the training set")
    batch = p.int("batch", default: 128, in: 2...8192, unit: "images", help: "images in one step")
    lr = p.double("lr", default: 2e-3, in: .above(0, through: 10), help: "peak learning rate")
    optimizer = p.choice(
      "optimizer", default: .adamw,
      help: "adamw: decay beside the gradient; adam: inside it; sgd: momentum 0.9")
    weightDecay = p.double(
      "weight_decay", default: 5e-4, in: .closed(0, 1), help: "decay of all parameters")
    schedule = p.choice(
      "schedule", default: .oneCycle, help: "how the learning rate moves over training")
    let crop = p.int(
      "crop", default: 0, in: 0...16, unit: "pixels", help: "padding before a random crop; 0: none")
    let flip = p.bool("flip", default: false, help: "mirror half of the images")
    let rotate = p.double(
      "rotate", default: 0, in: .closed(0, 180), unit: "degrees",
      help: "turn by a uniform angle of at most this; 0: none")
    augmentation = Augmentation(cropPadding: crop, flips: flip, rotationDegrees: rotate)
  }

  func settings(seed: Int) -> ClassifierTrainer.Settings {
    ClassifierTrainer.Settings(
      epochs: epochs, batchSize: batch, learningRate: lr, schedule: schedule,
      augmentation: augmentation, seed: UInt64(seed))
  }

  func makeOptimiser() -> any Optimiser {
    switch optimizer {
    case .adamw: Adam(AdamSettings(weightDecay: weightDecay), decay: .decoupled)
    case .adam: Adam(AdamSettings(weightDecay: weightDecay))
    case .sgd: SGD(momentum: 0.9, weightDecay: weightDecay)
    }
  }
}

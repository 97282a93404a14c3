/// Trains an image classifier: epochs over shuffled images, one optimiser step a batch.
///
/// Everything random is addressed by (seed, epoch, image), every sum has a fixed order: the same
/// settings give the same bits on any number of lanes.
package struct ClassifierTrainer {
  package struct Settings: Sendable {
    package var epochs: Int
    package var batchSize: Int
    /// Peak of the schedule.
    package var learningRate: Double
    package var schedule: LearningRateSchedule
    package var augmentation: Augmentation
    /// Decides order and augmentation.
    package var seed: UInt64

    /// Settings.
    ///
    /// - Precondition: epochs and batch size at least 1.
    package init(
      epochs: Int, batchSize: Int = 128, learningRate: Double,
      schedule: LearningRateSchedule = .oneCycle, augmentation: Augmentation = Augmentation(),
      seed: UInt64
    ) {
      precondition(
        epochs >= 1 && batchSize >= 1, "trainer: \(epochs) epochs, batches of \(batchSize)")
      self.epochs = epochs
      self.batchSize = batchSize
      self.learningRate = learningRate
      self.schedule = schedule
      self.augmentation = augmentation
      self.seed = seed
    }
  }

  /// Where training stands after a step.
  package struct Progress: Sendable, Equatable {
    /// Counted from 0.
    package var epoch: Int
    /// Steps done in this epoch.
    package var stepsDone: Int
    package var stepsPerEpoch: Int
    /// Images seen since the start of training.
    package var imagesSeen: Int
    /// Loss of this batch, nats.
    package var batchLoss: Double
    /// Means over the epoch's images so far; the accuracy is that of the network while it learns.
    package var epochLoss: Double
    package var epochAccuracy: Double
  }

  package let settings: Settings
  package let lanes: Lanes

  package init(_ settings: Settings, lanes: Lanes) {
    self.settings = settings
    self.lanes = lanes
  }

  /// Trains `classifier.model` in place.
  ///
  /// - Parameters:
  ///   - classifier: model and normalisation.
  ///   - images: `[N, 3, H, W]`, N at least 1.
  ///   - labels: N classes.
  ///   - optimiser: fresh for a new training.
  ///   - isCancelled: asked before every step.
  ///   - onStep: told after every step.
  /// - Returns: the last progress of each epoch.
  /// - Throws: where a loss, or a parameter after the last step, is not finite, or training was
  ///   cancelled.
  @discardableResult
  package func train(
    _ classifier: ImageClassifier, images: ByteTensor, labels: [Int32],
    optimiser: inout any Optimiser, isCancelled: () -> Bool = { false },
    onStep: (Progress) -> Void = { _ in }
  ) throws(TrainingFailure) -> [Progress] {
    let imageCount = images.shape[0]
    precondition(
      imageCount >= 1 && labels.count == imageCount,
      "trainer: images \(images.shape) with \(labels.count) labels")
    let stepsPerEpoch = (imageCount + settings.batchSize - 1) / settings.batchSize
    var history: [Progress] = []
    for epoch in 0..<settings.epochs {
      var random = RandomStream.generator(seed: settings.seed, purpose: "order", epoch)
      let order = random.permutation(imageCount)
      var (lossSum, correct) = (0.0, 0)
      var progress = Progress(
        epoch: epoch, stepsDone: 0, stepsPerEpoch: stepsPerEpoch, imagesSeen: epoch * imageCount,
        batchLoss: 0, epochLoss: 0, epochAccuracy: 0)
      for step in 0..<stepsPerEpoch {
        if isCancelled() { throw .cancelled }
        let rate = settings.schedule.rate(
          step: epoch * stepsPerEpoch + step, stepsPerEpoch: stepsPerEpoch,
          epochs: settings.epochs, peak: settings.learningRate)
        let first = step * settings.batchSize
        let batch = order[first..<min(imageCount, first + settings.batchSize)]
        let outcome = lanes.awake { lanes in
          self.step(
            classifier, images: images, labels: labels, batch: batch, epoch: epoch,
            learningRate: rate, optimiser: &optimiser, lanes: lanes)
        }
        // What a step did shows in the loss of the next one; the last step has none.
        let isLast = epoch == settings.epochs - 1 && step == stepsPerEpoch - 1
        guard outcome.loss.isFinite, !isLast || classifier.model.isFinite else {
          throw .diverged(step: epoch * stepsPerEpoch + step + 1, learningRate: rate)
        }
        lossSum += outcome.loss * Double(batch.count)
        correct += outcome.correct
        progress.stepsDone += 1
        progress.imagesSeen += batch.count
        let seen = Double(progress.imagesSeen - epoch * imageCount)
        progress.batchLoss = outcome.loss
        progress.epochLoss = lossSum / seen
        progress.epochAccuracy = Double(correct) / seen
        onStep(progress)
      }
      history.append(progress)
    }
    return history
  }

  /// Forward, backward and one update on the images of a batch.
  private func step(
    _ classifier: ImageClassifier, images: ByteTensor, labels: [Int32], batch: ArraySlice<Int>,
    epoch: Int, learningRate: Double, optimiser: inout any Optimiser, lanes: Lanes
  ) -> (loss: Double, correct: Int) {
    let model = classifier.model
    let augmentation = settings.augmentation
    let transforms =
      augmentation.isIdentity
      ? nil
      : batch.map { augmentation.transform(image: $0, epoch: epoch, seed: settings.seed) }
    let inputs = images.gathered(rows: batch).normalised(
      by: classifier.normalisation, transforms: transforms, lanes: lanes)
    let targets = batch.map { labels[$0] }
    model.parameters.zeroGradients()
    let outcome = gradients(of: model, inputs: inputs, targets: targets, lanes: lanes)
    guard outcome.loss.isFinite else { return outcome }
    optimiser.step(model.parameters, learningRate: learningRate, lanes: lanes)
    return outcome
  }

  /// Adds the mean loss's gradients to the model's; the tape is gone when this returns, so the
  /// parameters have one owner again.
  private func gradients(
    of model: ResNet18, inputs: Tensor, targets: [Int32], lanes: Lanes
  ) -> (loss: Double, correct: Int) {
    let tape = Tape(lanes: lanes)
    let logits = model(.constant(inputs), on: tape).logits
    let loss = tape.softmaxCrossEntropy(logits, labels: targets).mean
    tape.backward(from: loss)
    let correct = zip(logits.value.largestColumns(), targets).count { $0 == $1 }
    return (Double(loss.value.item), correct)
  }
}

import Compute
import Pipeline

extension TrainingFailure {
  /// The failure in the terms of stages whose rate is a parameter `lr`.
  ///
  /// - Parameter subject: what was trained, where the stage trains several.
  /// - Returns: `StageCancelled` or a ``StageFailure``.
  func inStages(lossOf subject: String? = nil) -> any Error {
    switch self {
    case .cancelled: return StageCancelled()
    case .diverged(let step, let rate):
      let loss = subject.map { "the loss of \($0)" } ?? "the loss"
      return StageFailure(
        at: "parameter lr", "\(loss) is not finite in step \(step), at rate \(rate)",
        why: "the step is too large for this network and batch", fix: "write a smaller lr")
    }
  }
}

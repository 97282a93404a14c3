import Foundation

/// What running a stage again has shown.
package enum Verification: Sendable, Hashable {
  /// Every trial gave the same bytes, those of the store where it has a result.
  case same(trials: Int)
  case different([Difference])
  /// What it reads is not stored.
  case unfed
  /// Its `if` does not hold.
  case disabled
  case failed(AttemptFailure)

  /// An output that did not come out the same.
  package struct Difference: Sendable, Hashable {
    package let output: String
    /// The lanes of the trial that differs.
    package let lanes: Int
    /// What it is compared with: the stored result, or the first trial.
    package let isAgainstStore: Bool
    /// Where both first differ.
    package let place: String
  }
}

/// What may vary while a stage is run again.
package struct VerificationOptions: Sendable {
  /// Runs with each number of lanes.
  package var times = 1
  package var lanes = [1, 2]
  /// Stages at once.
  package var jobs = 1
  package var memoryBytes = 4 << 30
  /// Instead of each stage's own.
  package var timeoutSeconds: Double?

  package init() {}
}

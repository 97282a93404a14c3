import Foundation
import Synchronization

/// A step of the commit protocol at which the process kills itself, to prove that nothing is lost.
///
/// The command line reads it from `PIPELINE_CRASH_AT`, as `STEP` or `STEP:N` for the N-th time that
/// the step is reached; it has no other use.
package struct CrashPoint: Sendable {
  package enum Step: String, Sendable, CaseIterable {
    /// The key is locked, nothing is recorded.
    case locked
    /// The attempt's row and folder exist; the stage has not run.
    case begun
    /// The outputs are complete, in the attempt's folder.
    case ran
    /// The first output is in its final place.
    case storing
    /// All outputs are in their final places; no row names them.
    case stored
    /// A costly result's text is in its place, too.
    case described
    /// A transaction, of whatever is written, is complete but for its commit.
    case writing
    /// A transaction is committed; those who wait for it do not know yet.
    case written
    /// The action's row is committed; the attempt's folder is still there.
    case committed
    /// The rows of deleted results are gone; their files are still there.
    case removed
  }

  private final class Countdown: Sendable {
    let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }
  }

  private let step: Step?
  private let countdown: Countdown

  package init(_ step: Step? = nil, count: Int = 1) {
    self.step = step
    countdown = Countdown(count)
  }

  package init(environment: [String: String]) {
    let fields = environment["PIPELINE_CRASH_AT"]?.split(separator: ":").map(String.init) ?? []
    self.init(
      fields.first.flatMap(Step.init), count: fields.count > 1 ? Int(fields[1]) ?? 1 : 1)
  }

  func reached(_ step: Step) {
    guard step == self.step else { return }
    if countdown.left.subtract(1, ordering: .relaxed).newValue == 0 { kill(getpid(), SIGKILL) }
  }
}

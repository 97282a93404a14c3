import Foundation

/// A step of the commit protocol at which the process kills itself, to prove that nothing is lost.
///
/// The command line reads it from `PIPELINE_CRASH_AT`; it has no other use.
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
    /// The action's row is committed; the attempt's folder is still there.
    case committed
  }

  private let step: Step?

  package init(_ step: Step? = nil) {
    self.step = step
  }

  package init(environment: [String: String]) {
    step = environment["PIPELINE_CRASH_AT"].flatMap(Step.init)
  }

  func reached(_ step: Step) {
    if step == self.step { kill(getpid(), SIGKILL) }
  }
}

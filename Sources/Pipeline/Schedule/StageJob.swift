import Dispatch
import Foundation
import Synchronization

/// All that an executor needs to run one attempt at a stage.
package struct StageJob: Sendable {
  package let bound: BoundStage
  package let inputs: [String: [InputArtifact]]
  package let files: [HashedFile]
  package let lanes: Int
  /// Where the outputs go.
  package let outputFolder: String
  /// Where a worker's job folder may be made.
  package let jobFolder: String
  package let logPath: String
  package let timeoutSeconds: Double?
  /// What the stage said it needs, and what the whole run may use.
  package let memoryBytes: Int
  package let memoryLimitBytes: Int

  package init(
    bound: BoundStage, inputs: [String: [InputArtifact]], files: [HashedFile], lanes: Int,
    outputFolder: String, jobFolder: String, logPath: String, timeoutSeconds: Double?,
    memoryBytes: Int, memoryLimitBytes: Int
  ) {
    self.bound = bound
    self.inputs = inputs
    self.files = files
    self.lanes = lanes
    self.outputFolder = outputFolder
    self.jobFolder = jobFolder
    self.logPath = logPath
    self.timeoutSeconds = timeoutSeconds
    self.memoryBytes = memoryBytes
    self.memoryLimitBytes = memoryLimitBytes
  }
}

/// What an executor reports while a stage runs.
package enum StageReport: Sendable {
  case progress(StageProgress)
  /// Something the user should see although it stops nothing.
  case message(String)
}

/// Runs attempts at stages: in this process, in a worker process, elsewhere.
package protocol Executor: Sendable {
  /// Runs to the end, blocking the calling thread.
  ///
  /// - Throws: ``AttemptFailure``, or whatever the stage threw.
  func execute(
    _ job: StageJob, cancellation: Cancellation, report: @escaping @Sendable (StageReport) -> Void
  ) throws -> (outputs: [ProducedOutput], cost: Cost)
}

extension BoundStage {
  /// Hashes what a stage wrote; every declared output must be there.
  func producedOutputs(in folder: String) throws(AttemptFailure) -> [ProducedOutput] {
    var outputs: [ProducedOutput] = []
    for slot in stage.outputs {
      do throws(FileError) { outputs.append(try ProducedOutput(slot, in: folder)) } catch {
        throw AttemptFailure(
          .internal, at: "output '\(slot.name)'",
          "\(type.kind) ended without a readable file for it: \(error.reason)",
          why: "a stage must write each output that it declares")
      }
    }
    return outputs
  }
}

/// Lets a progress report pass at most every tenth of a second, and the last one always.
final class ProgressThrottle: Sendable {
  private let next = Atomic<UInt64>(0)

  func passes(_ progress: StageProgress) -> Bool {
    let now = DispatchTime.now().uptimeNanoseconds
    guard now >= next.load(ordering: .relaxed) || progress.fraction >= 1 else { return false }
    next.store(now + 100_000_000, ordering: .relaxed)
    return true
  }
}

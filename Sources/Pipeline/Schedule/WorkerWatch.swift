import Dispatch
import Foundation

/// Stands beside a worker process until it ends: passes its progress on, and stops it when the run
/// is cancelled, when its time is up or when it takes too much memory.
///
/// Memory above what the stage declared gives a warning; at twice that, or at what the whole run
/// may use, the process is killed.
struct WorkerWatch {
  /// Why we killed it, if we did.
  private(set) var killReason: AttemptFailure?
  /// The most that the worker and all below it were seen to hold at once.
  private(set) var peakMemoryBytes = 0
  private let job: StageJob
  private let start = DispatchTime.now().uptimeNanoseconds
  private var nextMemoryCheck: UInt64 = 0
  private var hasWarned = false
  private var wasAskedToStop = false

  init(_ job: StageJob) {
    self.job = job
  }

  /// Blocks until the process has ended.
  mutating func follow(
    _ child: inout ChildProcess, cancellation: Cancellation, report: (StageReport) -> Void
  ) -> ChildProcess.End {
    while true {
      pass(on: child.readLines(waitingMilliseconds: 100), to: report)
      if let end = child.reap() {
        pass(on: child.readLines(waitingMilliseconds: 0), to: report)
        return end
      }
      stopIfCancelled(child, cancellation)
      if killReason == nil { checkLimits(child, report) }
    }
  }

  private func pass(on lines: [String], to report: (StageReport) -> Void) {
    for line in lines {
      // A stage that prints to standard output is not talking to us.
      if let line = WorkerLine(json: Data(line.utf8)) { report(.progress(line.progress)) }
    }
  }

  private mutating func stopIfCancelled(_ child: ChildProcess, _ cancellation: Cancellation) {
    let level = cancellation.level
    if level >= 1, !wasAskedToStop {
      wasAskedToStop = true
      child.terminate()
    }
    if level >= 2, killReason == nil {
      killReason = AttemptFailure(StageCancelled())
      child.killTree()
    }
  }

  private mutating func checkLimits(_ child: ChildProcess, _ report: (StageReport) -> Void) {
    let now = DispatchTime.now().uptimeNanoseconds
    if let timeout = job.timeoutSeconds, Double(now - start) * 1e-9 > timeout {
      killReason = .timedOut(after: timeout)
      child.killTree()
    }
    guard now >= nextMemoryCheck else { return }
    nextMemoryCheck = now + 250_000_000
    let used = ([child.pid] + ProcessTree.descendants(of: child.pid))
      .reduce(0) { $0 + (ProcessMemory.bytes("RssAnon", of: $1) ?? 0) }
    peakMemoryBytes = max(peakMemoryBytes, used)
    guard used > job.memoryBytes else { return }
    let mebibytes = "\(used >> 20) MiB, where it declared \(job.memoryBytes >> 20) MiB"
    let limit = max(job.memoryBytes, min(2 * job.memoryBytes, job.memoryLimitBytes))
    if used > limit {
      killReason = AttemptFailure(
        .memory, "it used \(mebibytes)", why: "a stage that grows could bring the machine down",
        fix: "raise 'memory' under its 'resources', or make it smaller")
      child.killTree()
    } else if !hasWarned {
      hasWarned = true
      report(.message("uses \(mebibytes)"))
    }
  }
}

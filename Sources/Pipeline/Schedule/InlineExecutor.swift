import Foundation

/// Runs a stage on the calling thread.
///
/// For short work without numerics: a stage here cannot be killed, only asked to stop, and a trap
/// in it ends the run. Work that calls the BLAS belongs into a worker process, where the kernel
/// family is pinned before the library loads.
package struct InlineExecutor: Executor {
  package init() {}

  package func execute(
    _ job: StageJob, cancellation: Cancellation, report: @escaping @Sendable (StageReport) -> Void
  ) throws -> (outputs: [ProducedOutput], cost: Cost) {
    let start = DispatchTime.now().uptimeNanoseconds
    let cpuStart = InlineExecutor.threadSeconds()
    let deadline = job.timeoutSeconds.map { start + UInt64(max($0, 0) * 1e9) }
    let isLate: @Sendable () -> Bool = {
      deadline.map { DispatchTime.now().uptimeNanoseconds > $0 } ?? false
    }
    let log = AttemptLog(job.logPath)
    let throttle = ProgressThrottle()
    let context = StageContext(
      inputs: job.inputs, outputFolder: URL(filePath: job.outputFolder), files: job.files,
      lanes: job.lanes, log: { log.append($0) },
      progress: { if throttle.passes($0) { report(.progress($0)) } },
      isCancelled: { cancellation.isRequested || isLate() })
    do { try job.bound.stage.run(context) } catch is StageCancelled {
      if cancellation.isRequested { throw StageCancelled() }
      throw AttemptFailure.timedOut(after: job.timeoutSeconds ?? 0)
    }
    let cost = Cost(
      elapsedSeconds: Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9,
      cpuSeconds: InlineExecutor.threadSeconds() - cpuStart)
    return (try job.bound.producedOutputs(in: job.outputFolder), cost)
  }

  private static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

extension AttemptFailure {
  static func timedOut(after seconds: Double, logTail: [String] = []) -> AttemptFailure {
    AttemptFailure(
      .timeout, "it ran longer than its timeout of \(Value.canonicalText(of: seconds)) s",
      why: "a stage that hangs must not hold up the run",
      fix: "raise 'timeout' in the specification or with --timeout", logTail: logTail)
  }
}

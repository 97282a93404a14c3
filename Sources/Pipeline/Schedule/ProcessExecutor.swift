import Foundation

/// Runs each stage in a worker process of this program, which may trap, hang or grow without
/// taking the run down.
///
/// Workers get their environment by name, so that nothing of the user's shell reaches a result,
/// with the variables that pin the arithmetic.
package struct ProcessExecutor: Executor {
  private static let inheritedNames = [
    "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH",
  ]
  private let executable: String
  private let environment: [String: String]
  private let pinned: [String: String]

  /// - Parameters:
  ///   - executable: a program that understands `worker --job DIR`; this very program.
  ///   - environment: of this process.
  ///   - pinned: variables that every worker gets, whatever the user's are.
  package init(executable: String, environment: [String: String], pinned: [String: String]) {
    self.executable = executable
    self.environment = environment
    self.pinned = pinned
  }

  /// What a worker gets: some names, the secrets that its stage asks for, and what is pinned.
  private func environment(of job: StageJob) -> [String: String] {
    let names = Set(ProcessExecutor.inheritedNames + job.bound.stage.secrets)
    return environment.filter { names.contains($0.key) }.merging(pinned) { _, pinned in pinned }
  }

  package func execute(
    _ job: StageJob, cancellation: Cancellation, report: @escaping @Sendable (StageReport) -> Void
  ) throws -> (outputs: [ProducedOutput], cost: Cost) {
    try Files.createFolder(job.jobFolder)
    defer { Files.removeTree(job.jobFolder) }
    try Files.write(
      JSONEncoder().encode(WorkerJob(job)), to: job.jobFolder + "/" + WorkerJob.fileName)
    // Started and awaited on this one thread.
    var child = try ChildProcess(
      executable, arguments: ["worker", "--job", job.jobFolder],
      environment: environment(of: job),
      in: .ownGroup(errorPath: job.logPath))
    defer { child.closePipes() }
    if let identity = ProcessIdentity(child.pid) {
      let file = Store.workerFile(inJob: job.jobFolder)
      try? Files.write(Data(identity.text.utf8), to: file)
    }
    var watch = WorkerWatch(job)
    let end = watch.follow(&child, cancellation: cancellation, report: report)
    // A program of the user's may have left the worker's group, and have lost its worker, but it
    // knows its folder.
    if job.bound.type.isExternal { ProcessTree.kill(workingIn: job.outputFolder) }
    if let failure = watch.killReason { throw failure.withLog(job.logPath) }
    return try outcome(
      of: end, job: job, peakMemoryBytes: watch.peakMemoryBytes, cancellation: cancellation)
  }

  /// The result file is the outcome, whatever the process's end looks like.
  private func outcome(
    of end: ChildProcess.End, job: StageJob, peakMemoryBytes: Int, cancellation: Cancellation
  ) throws -> (outputs: [ProducedOutput], cost: Cost) {
    let path = job.jobFolder + "/" + WorkerResult.fileName
    if let data = try? Files.read(path) {
      let result = try JSONDecoder().decode(WorkerResult.self, from: data)
      guard let failure = result.failure else {
        var cost = result.cost
        cost.peakMemoryBytes = max(cost.peakMemoryBytes, peakMemoryBytes)
        return (result.outputs, cost)
      }
      guard failure.failureClass == .cancelled, !cancellation.isRequested else {
        throw failure.withLog(job.logPath)
      }
      throw AttemptFailure(.lost, "somebody else asked the worker process to stop")
        .withLog(job.logPath)
    }
    // Also one that was not yet ready to be asked when it was asked to stop.
    if case .signal = end, cancellation.isRequested {
      throw AttemptFailure(StageCancelled()).withLog(job.logPath)
    }
    throw ProcessExecutor.failure(for: end).withLog(job.logPath)
  }

  private static func failure(for end: ChildProcess.End) -> AttemptFailure {
    switch end {
    case .signal(SIGKILL):
      AttemptFailure(
        .lost, "the worker process was killed from outside",
        why: "most often by the kernel, when the machine runs out of memory",
        fix: "lower --jobs or the stage's size, or free some memory")
    case .signal(let number):
      AttemptFailure(
        .crash, "the worker process was ended by signal \(number) (\(name(ofSignal: number)))",
        why: "the stage has a bug; other stages are not touched",
        fix: "report it together with the log")
    case .exit(ExitStatus.environment.rawValue):
      AttemptFailure(
        .environment, "the worker process could not write its result",
        why: "most often because the disk is full", fix: "free some space and run again")
    case .exit(let code):
      AttemptFailure(
        .crash, "the worker process ended with exit code \(code) and without a result",
        why: "a worker writes its result last", fix: "see the log")
    }
  }

  private static func name(ofSignal number: Int32) -> String {
    strsignal(number).map { String(cString: $0) } ?? "unknown"
  }
}

extension AttemptFailure {
  fileprivate func withLog(_ path: String) -> AttemptFailure {
    var failure = self
    failure.logTail = AttemptLog.tail(path)
    return failure
  }
}

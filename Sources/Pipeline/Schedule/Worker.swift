import Dispatch
import Foundation

/// The other side of ``ProcessExecutor``: runs one stage in its own process.
///
/// The job folder holds `job.json` and receives `result.json`. Progress goes to standard output,
/// one JSON object a line; log lines go to standard error, which is the attempt's log file.
/// SIGTERM asks the stage to stop. When the runner dies the worker ends at once, with every
/// process of its group.
package enum Worker {
  /// Runs the job of a folder.
  ///
  /// - Parameters:
  ///   - jobFolder: with `job.json`.
  ///   - registry: of this program's stages.
  ///   - numericsRefusal: why this process must run no stage that uses numerics, if it must not;
  ///     it becomes the job's failure.
  /// - Returns: the process's exit code; 0 whenever there is a `result.json`, whatever it says.
  package static func run(
    jobFolder: String, registry: StageRegistry,
    numericsRefusal: () -> StageFailure? = { nil }
  ) -> Int32 {
    let cancellation = Cancellation()
    let start = DispatchTime.now().uptimeNanoseconds
    do {
      let data = try Files.read(jobFolder + "/" + WorkerJob.fileName)
      let job = try JSONDecoder().decode(WorkerJob.self, from: data)
      ProcessTree.adoptOrphans()
      endWithTheRunner()
      let signals = stopOnSIGTERM(cancellation)
      defer { signals.cancel() }
      let result: WorkerResult
      do {
        let bound = try bind(job, registry: registry)
        if !bound.type.numericsTag.isEmpty, let refusal = numericsRefusal() { throw refusal }
        let outputs = try execute(job, bound, cancellation: cancellation)
        result = WorkerResult(outputs: outputs, cost: cost(since: start), failure: nil)
      } catch {
        // Of no use to anybody, and it may be what leaves no room for the result.
        Files.removeTree(job.outputFolder)
        result = WorkerResult(
          outputs: [], cost: cost(since: start), failure: AttemptFailure(error))
      }
      try Files.write(
        JSONEncoder().encode(result), to: jobFolder + "/" + WorkerResult.fileName,
        replacing: true)
      return 0
    } catch {
      // Nobody reads a result that cannot be written; the log is what remains.
      FileHandle.standardError.write(Data("worker: \(error)\n".utf8))
      return ExitStatus.environment.rawValue
    }
  }

  private static func execute(
    _ job: WorkerJob, _ bound: BoundStage, cancellation: Cancellation
  ) throws -> [ProducedOutput] {
    let inputs = job.inputs.mapValues { inputs in
      inputs.map {
        InputArtifact(
          url: URL(filePath: $0.path), hash: $0.hash, labels: $0.labels, type: $0.type)
      }
    }
    let files = job.files.map {
      HashedFile(name: $0.name, url: URL(filePath: $0.path), hash: $0.hash)
    }
    let visible = Set(["PATH"] + bound.stage.secrets)
    let throttle = ProgressThrottle()
    let context = StageContext(
      inputs: inputs, outputFolder: URL(filePath: job.outputFolder), files: files,
      lanes: job.lanes,
      environment: ProcessInfo.processInfo.environment.filter { visible.contains($0.key) },
      log: { try? FileHandle.standardError.write(contentsOf: Data(($0 + "\n").utf8)) },
      progress: { progress in
        guard throttle.passes(progress), let line = try? WorkerLine(progress: progress).json()
        else { return }
        // Nobody reads it when the runner is gone, and then we are about to end.
        try? FileHandle.standardOutput.write(contentsOf: line + Data("\n".utf8))
      },
      isCancelled: { cancellation.isRequested })
    try bound.stage.run(context)
    return try bound.producedOutputs(in: job.outputFolder)
  }

  private static func bind(_ job: WorkerJob, registry: StageRegistry) throws -> BoundStage {
    guard job.protocolVersion == WorkerJob.currentProtocol, let type = registry[job.kind],
      type.version == job.version, type.fingerprint == job.fingerprint
    else {
      throw AttemptFailure(
        .environment, "the worker is another version of the program than the runner",
        why: "its results would be stored under the key of this version",
        fix: "run again, and do not rebuild the program during a run")
    }
    let values = try Value(json: Data(job.parameters.utf8))
    guard case .map(let parameters) = values else {
      throw AttemptFailure(.internal, "the job's parameters are not a map")
    }
    let bound = type.bind(parameters)
    if let problem = bound.problems.first {
      throw AttemptFailure(.internal, at: problem.parameter, problem.what)
    }
    return bound
  }

  /// Standard input is a pipe of which the runner holds the other end: it closes with the runner,
  /// even one that was killed.
  private static func endWithTheRunner() {
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while true {
        let count = read(0, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { break }
      }
      ProcessTree.killDescendants(of: getpid())
      if getpgrp() == getpid() { kill(0, SIGKILL) }
      _exit(ExitStatus.terminated.rawValue)
    }
  }

  private static func stopOnSIGTERM(_ cancellation: Cancellation) -> any DispatchSourceSignal {
    signal(SIGTERM, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
    source.setEventHandler { cancellation.request() }
    source.resume()
    return source
  }

  private static func cost(since start: UInt64) -> Cost {
    let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    var cpuSeconds = 0.0
    var usage = rusage()
    // With the programs that an external stage has run and waited for.
    for who in [RUSAGE_SELF, RUSAGE_CHILDREN] {
      getrusage(who.rawValue, &usage)
      cpuSeconds += seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
    // The largest child; it counts our memory as its own until it has replaced it, hence the max.
    let children = Int(usage.ru_maxrss) << 10
    return Cost(
      elapsedSeconds: Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9,
      cpuSeconds: cpuSeconds,
      peakMemoryBytes: max(ProcessMemory.bytes("VmHWM", of: getpid()) ?? 0, children))
  }
}

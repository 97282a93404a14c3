import Foundation
import Pipeline
import Synchronization
import Testing

/// Shell scripts stand in for workers: each plays one way in which a process can end.
@Suite struct ProcessExecutorTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private var logPath: String { folder.url.path + "/log" }

  /// Runs a job with the script as worker; the script has the job folder in `$JOB`.
  private func execute(
    _ script: String, timeoutSeconds: Double? = nil, memoryBytes: Int = 1 << 30,
    environment: [String: String] = ["PATH": "/usr/bin:/bin"],
    cancellation: Cancellation = Cancellation(),
    report: @escaping @Sendable (StageReport) -> Void = { _ in }
  ) throws -> (outputs: [ProducedOutput], cost: Cost) {
    let path = folder.url.path + "/worker"
    let head = "test \"$1 $2\" = 'worker --job' || exit 9\nJOB=\"$3\"\n"
    try writeScript(head + script, to: path)
    let job = StageJob(
      bound: TextStage.type.bind(["text": .string("hello")]), inputs: [:], files: [], lanes: 2,
      outputFolder: folder.url.path + "/out", jobFolder: folder.url.path + "/job",
      logPath: logPath, timeoutSeconds: timeoutSeconds, memoryBytes: memoryBytes,
      memoryLimitBytes: 1 << 30)
    return try ProcessExecutor(executable: path, environment: environment, pinned: [:]).execute(
      job, cancellation: cancellation, report: report)
  }

  private static let success = """
    cat > "$JOB/result.json" <<'END'
    {"outputs": [{"slot": "out", "type": "text", "hash": "abc", "byteCount": 5}],
     "cost": {"elapsedSeconds": 2, "cpuSeconds": 1.5, "peakMemoryBytes": 1024}}
    END

    """

  /// The failure of a job, with its class, what it says and the end of its log.
  private func failure(
    _ script: String, timeoutSeconds: Double? = nil, memoryBytes: Int = 1 << 30,
    cancellation: Cancellation = Cancellation(),
    report: @escaping @Sendable (StageReport) -> Void = { _ in }
  ) throws -> AttemptFailure {
    try #require(throws: AttemptFailure.self) {
      try execute(
        script, timeoutSeconds: timeoutSeconds, memoryBytes: memoryBytes,
        cancellation: cancellation, report: report)
    }
  }

  @Test func theResultFileIsTheOutcomeWhateverTheExitCode() throws {
    let result = try execute(Self.success + "exit 5")
    #expect(
      result.outputs == [ProducedOutput(slot: "out", type: .text, hash: "abc", byteCount: 5)])
    #expect(result.cost.cpuSeconds == 1.5)
    #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/job"))
  }

  @Test func progressComesLineByLineAndOtherOutputIsIgnored() throws {
    let messages = Collected<String>()
    let line = #"{"progress": {"fraction": 0.5, "message": "MESSAGE", "values": []}}"#
    let lines = ["one", "two"].map { "echo '" + line.replacing("MESSAGE", with: $0) + "'" }
    _ = try execute(
      lines[0] + "\necho hello\n" + lines[1] + "\n" + Self.success,
      report: { if case .progress(let progress) = $0 { messages.append(progress.message) } })
    #expect(messages.values == ["one", "two"])
  }

  @Test func aLossThatIsNoNumberIsStillProgress() throws {
    let values = Collected<Double>()
    let line = #"""
      {"progress": {"fraction": 0.5, "message": "", "values": [
       {"name": "loss", "value": "nan"}, {"name": "rate", "value": "-inf"}]}}
      """#
    _ = try execute(
      "echo '" + line.replacing("\n", with: "") + "'\n" + Self.success,
      report: {
        if case .progress(let progress) = $0 {
          for value in progress.values { values.append(value.value) }
        }
      })
    #expect(values.values.map(\.description) == ["nan", "-inf"])
  }

  @Test(
    arguments: [
      ("echo broken >&2; exit 3", .crash, "with exit code 3 and without a result"),
      ("echo broken >&2; kill -SEGV $$", .crash, "by signal 11 (Segmentation fault)"),
      ("echo broken >&2; kill -KILL $$", .lost, "was killed from outside"),
    ] as [(String, AttemptFailure.Class, String)])
  func aWorkerThatDiesIsReportedWithItsLog(
    script: String, failureClass: AttemptFailure.Class, what: String
  ) throws {
    let failure = try failure(script)
    #expect(failure.failureClass == failureClass)
    #expect(failure.what.hasSuffix(what))
    #expect(failure.logTail == ["broken"])
  }

  @Test func aWorkerThatHangsIsKilledWithItsChildren() throws {
    let failure = try failure(
      "sleep 1000 & echo $! >&2; echo $$ >&2; wait", timeoutSeconds: 0.3)
    #expect(failure.failureClass == .timeout)
    #expect(failure.what == "it ran longer than its timeout of 0.3 s")
    let processes = failure.logTail.compactMap { Int32($0) }
    #expect(processes.count == 2)
    for process in processes { #expect(hasEnded(process)) }
  }

  @Test func aWorkerThatGrowsIsKilled() throws {
    let failure = try failure(
      "x=$(head -c 60000000 /dev/zero | tr '\\0' a); sleep 1000", memoryBytes: 20 << 20)
    #expect(failure.failureClass == .memory)
    #expect(failure.what.hasSuffix("MiB, where it declared 20 MiB"))
  }

  @Test func cancellationAsksFirstAndKillsThen() throws {
    let asked = Cancellation()
    let polite = try failure(
      """
      trap 'echo asked >&2; printf %s "$RESULT" > "$JOB/result.json"; exit' TERM
      RESULT='{"outputs": [], "cost": {"elapsedSeconds": 0, "cpuSeconds": 0,
       "peakMemoryBytes": 0}, "failure": {"failureClass": "cancelled", "location": "",
       "what": "stopped", "why": "", "fix": "", "logTail": []}}'
      echo '{"progress": {"fraction": 0, "message": "ready", "values": []}}'
      while :; do sleep 0.01; done
      """, cancellation: asked, report: { _ in asked.request() })
    #expect(polite.failureClass == .cancelled)
    #expect(polite.logTail == ["asked"])

    let forced = Cancellation()
    let deaf = try failure(
      """
      trap '' TERM
      echo '{"progress": {"fraction": 0, "message": "ready", "values": []}}'
      while :; do sleep 0.01; done
      """, cancellation: forced,
      report: { _ in
        forced.request()
        forced.request()
      })
    #expect(deaf.failureClass == .cancelled)
  }

  @Test func aWorkerThatEndsBeforeItCanBeAskedIsCancelled() throws {
    let cancellation = Cancellation()
    cancellation.request()
    let failure = try failure("while :; do sleep 0.01; done", cancellation: cancellation)
    #expect(failure.failureClass == .cancelled)
    #expect(failure.what == "stopped because the run is being stopped")
  }

  @Test func aWorkerThatCannotWriteItsResultIsTheEnvironmentsFault() throws {
    let failure = try failure("exit \(ExitStatus.environment.rawValue)")
    #expect(failure.failureClass == .environment)
    #expect(failure.what == "the worker process could not write its result")
  }

  @Test func theEnvironmentIsPassedByName() throws {
    _ = try execute(
      "env >&2\n" + Self.success,
      environment: ["PATH": "/usr/bin:/bin", "HOME": "/h", "SECRET": "s", "OMP_NUM_THREADS": "9"])
    let names = try String(contentsOfFile: logPath, encoding: .utf8).split(separator: "\n")
      .compactMap { $0.split(separator: "=").first.map(String.init) }
    // The shell adds the last ones itself.
    let allowed: Set = [
      "PATH", "HOME", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "PWD", "SHLVL", "_", "OLDPWD",
    ]
    #expect(Set(names).subtracting(allowed).isEmpty)
    #expect(names.contains("HOME"))
  }

  @Test func aMissingProgramIsNamed() throws {
    let job = StageJob(
      bound: TextStage.type.bind([:]), inputs: [:], files: [], lanes: 1,
      outputFolder: folder.url.path, jobFolder: folder.url.path + "/job", logPath: logPath,
      timeoutSeconds: nil, memoryBytes: 1, memoryLimitBytes: 1)
    #expect(throws: FileError("start", "/nowhere/pipeline", code: ENOENT)) {
      try ProcessExecutor(executable: "/nowhere/pipeline", environment: [:], pinned: [:]).execute(
        job, cancellation: Cancellation(), report: { _ in })
    }
  }
}

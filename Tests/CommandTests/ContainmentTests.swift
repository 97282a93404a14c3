import Foundation
import Testing

/// Programs that misbehave, and what is left of them.
///
/// Each writes the numbers of its processes to a file before it does so.
struct ContainmentTests {
  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
  }

  /// Starts three processes that would stay: one in the group, one in a session of its own, and one
  /// whose parent has ended.
  private static let children = """
    sleep 1000 & echo $! >> $PIDS
    setsid sleep 1000 & echo $! >> $PIDS
    (setsid sleep 1000 & echo $! >> $PIDS)
    """

  private func write(_ script: String, settings: String = "") throws {
    let lines = script.split(separator: "\n").map { "        \($0)\n" }.joined()
    try program.write(
      """
      version: 1
      name: contained
      stages:
        bad:
          uses: shell
          \(settings)
          with:
            outputs: {out: text}
            env: {PIDS: \(pids)}
            run: |
      \(lines)
      """, to: "experiments/s.yaml")
  }

  private func run() throws -> ProgramUnderTest.Outcome {
    try program.run("run", "experiments/s.yaml", "--no-progress")
  }

  private var pids: String { program.folder.appending(path: "pids").path }

  /// The processes that the script named.
  private func processes() -> [Int32] {
    let text = (try? String(contentsOfFile: pids, encoding: .utf8)) ?? ""
    return text.hasSuffix("\n") ? text.split(separator: "\n").compactMap { Int32($0) } : []
  }

  private func expectNobodyLeft(of count: Int) {
    let processes = processes()
    #expect(processes.count == count)
    for process in processes { #expect(!isAlive(process), "process \(process) is alive") }
  }

  private func isAlive(_ process: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return false }
    return !stat[end...].hasPrefix(") Z")
  }

  @Test func childrenLeftBehindAreEnded() throws {
    try write(Self.children + "\necho done > $OUT_out")
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    expectNobodyLeft(of: 3)
  }

  @Test func aStageThatNeverEndsIsEndedAtItsTimeout() throws {
    try write(Self.children + "\nwhile :; do :; done", settings: "timeout: 1s")
    let outcome = try run()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("it ran longer than its timeout of 1.0 s"))
    expectNobodyLeft(of: 3)
  }

  @Test func aChildThatHogsMemoryEndsItsStage() throws {
    try write(
      Self.children + """

        awk 'BEGIN { s = "0123456789abcdef"; while (length(s) < 400000000) s = s s; while (1) {} }'
        """, settings: "resources: {memory: 64MiB}")
    let outcome = try run()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("MiB, where it declared 64 MiB"), "\(outcome.errors)")
    expectNobodyLeft(of: 3)
  }

  /// Nobody is left that could have been their ancestor; the runner knows them by their folder.
  @Test func aStageThatKillsItsOwnWorkerIsCleanedUp() throws {
    try write(Self.children + "\nkill -KILL $PPID; sleep 1000")
    let outcome = try run()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("the worker process was killed from outside"))
    expectNobodyLeft(of: 3)
  }

  @Test func theyEndWithTheRunner() throws {
    try write(Self.children + "\nsleep 1000")
    let runner = try program.start(["run", "experiments/s.yaml", "--no-progress"])
    while processes().count != 3 { sched_yield() }
    runner.kill()
    #expect(runner.finish().status == SIGKILL)
    for process in processes() { while isAlive(process) { sched_yield() } }
  }

  /// The worst case: runner and worker are gone at once; the next start knows them by their folder.
  @Test func theNextRunEndsWhatTwoKillsLeft() throws {
    try write(
      """
      if ! test -e $PIDS.once; then
      touch $PIDS.once
      \(Self.children)
      runner=$(awk '{ print $4 }' /proc/$PPID/stat)
      kill -KILL $PPID $runner
      sleep 1000
      fi
      echo done > $OUT_out
      """)
    #expect(try run().status == SIGKILL)
    let left = processes()
    #expect(left.count == 3 && left.allSatisfy(isAlive))
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    expectNobodyLeft(of: 3)
  }

  @Test func anInterruptedProgramIsAskedToStop() throws {
    try write(
      """
      trap 'echo asked; exit 0' TERM
      echo $$ >> $PIDS
      while :; do sleep 0.01; done
      """)
    let runner = try program.start(["run", "experiments/s.yaml", "--no-progress"])
    while processes().count != 1 { sched_yield() }
    runner.interrupt()
    let outcome = runner.finish()
    #expect(outcome.status == 130, "\(outcome.errors)")
    expectNobodyLeft(of: 1)
  }

  @Test func aStoppedRunStoresWhatIsFinished() throws {
    try program.write(
      """
      version: 1
      name: stopped
      stages:
        quick: {uses: text.write, with: {text: "done"}}
        slow:
          uses: shell
          needs: [quick]
          with: {outputs: {out: text}, env: {PIDS: \(pids)}, run: "echo $$ >> $PIDS; sleep 1000"}
      """, to: "experiments/s.yaml")
    let runner = try program.start(["run", "experiments/s.yaml", "--no-progress"])
    while processes().count != 1 { sched_yield() }
    runner.interrupt()
    let outcome = runner.finish()
    #expect(outcome.status == 130)
    #expect(outcome.errors.contains("results so far: "), "\(outcome.errors)")
    let file = try program.data("results/stopped/latest/run.json")
    let stored = String(decoding: file, as: UTF8.self)
    #expect(stored.contains(#""stage":"quick","started_seconds":"#))
    #expect(stored.contains(#""stage":"slow","started_seconds":"#))
    #expect(stored.contains(#""status":"ran""#) && stored.contains(#""status":"omitted""#))
    #expect(try program.run("report").status == 0)
  }

  /// A reader of the events who has seen enough.
  @Test func aReaderThatLeavesEndsNoRun() throws {
    try write("echo > $OUT_out")
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.currentDirectoryURL = program.folder
    shell.arguments = [
      "-c",
      """
      { "$0" run experiments/s.yaml --no-progress --events - 2>/dev/null; echo $? > status; } \\
        | head -n 1 > first
      """, ProgramUnderTest.executable.path,
    ]
    try shell.run()
    shell.waitUntilExit()
    #expect(try program.data("first").contains(UInt8(ascii: "{")))
    #expect(String(decoding: try program.data("status"), as: UTF8.self) == "0\n")
  }

  @Test func aLineWithoutEndIsLeftOutAsAWhole() throws {
    try write(
      """
      head -c 3000000 /dev/zero | tr '\\0' a; echo its-end
      echo next
      echo > $OUT_out
      """)
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let log = String(decoding: try log(), as: UTF8.self)
    #expect(log == "… (a line above 1 MiB is left out)\nnext\n")
  }

  private func log() throws -> Data {
    let folder = program.folder.appending(path: ".pipeline/logs")
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
    return try Data(contentsOf: folder.appending(path: name))
  }

  @Test func aLogWithoutEndIsCut() throws {
    try write("head -c 20000000 /dev/zero | tr '\\\\0' 'a' | fold -w 1000; echo > $OUT_out")
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let log = try log()
    #expect(log.count < 17 << 20)
    #expect(log.suffix(40).range(of: Data("(the rest is not kept)".utf8)) != nil)
  }
}

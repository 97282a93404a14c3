import Foundation
import Pipeline
import Testing

/// A runner that is killed while a worker of its lives on.
@Suite(.timeLimit(.minutes(1))) struct OrphanTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Kills a runner as soon as its worker, which is the script, reports progress.
  private func killRunner(worker script: String) async throws {
    let path = folder.url.path + "/worker"
    let progress = #"{"progress": {"fraction": 0, "message": "", "values": []}}"#
    try writeScript("echo $$ >&2\necho '\(progress)'\n" + script, to: path)
    let root = folder.workspace.root.path
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, root = root as String] in
      let node = Node("a").with { $0.resources.isolation = .process }
      let runner = Runner(
        Graph([node]), store: try Store(Workspace(URL(filePath: root))), options: RunOptions(),
        dataFolders: DataFolders([]),
        process: ProcessExecutor(
          executable: path, environment: ["PATH": "/usr/bin:/bin"], pinned: [:]))
      _ = try runner.run { event in
        if case .progress = event { kill(getpid(), SIGKILL) }
      }
    }
  }

  /// The worker's process, out of its log.
  private func worker() throws -> Int32 {
    let log = try #require(folder.names(in: "logs").first)
    let path = folder.workspace.logs + "/" + log
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try #require(text.split(separator: "\n").first.flatMap { Int32($0) })
  }

  @Test func theNextStartEndsItAndCleansUp() async throws {
    try await killRunner(worker: "exec sleep 1000")
    let worker = try worker()
    #expect(kill(worker, 0) == 0)
    #expect(folder.names(in: "jobs").count == 1)

    _ = try Store(folder.workspace)
    #expect(hasEnded(worker))
    #expect(folder.names(in: "jobs").isEmpty)
    #expect(folder.names(in: "tmp").isEmpty)
    #expect(try folder.texts("SELECT state FROM run") == ["lost"])
  }

  /// Of an owner whose lock cannot be opened nobody knows that he is dead.
  @Test func whoCannotBeAskedCountsAsAlive() async throws {
    try await killRunner(worker: "cat > /dev/null")
    #expect(hasEnded(try worker()))
    let locks = folder.workspace.locks
    for name in folder.names(in: "locks") {
      try FileManager.default.removeItem(atPath: locks + "/" + name)
      // A link to itself.
      try FileManager.default.createSymbolicLink(
        atPath: locks + "/" + name, withDestinationPath: name)
    }
    _ = try Store(folder.workspace)
    #expect(try folder.texts("SELECT state FROM run") == ["running"])
    #expect(folder.names(in: "jobs").count == 1)
  }

  @Test func itsStandardInputEndsWithTheRunner() async throws {
    try await killRunner(worker: "cat > /dev/null")
    #expect(hasEnded(try worker()))
  }
}

/// Waits until a process is gone or is only to be collected by whoever inherited it; false when the
/// test's time is over before.
func hasEnded(_ process: Int32) -> Bool {
  while kill(process, 0) == 0 {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")"), !stat[end...].hasPrefix(") Z")
    else { return true }
    if Task.isCancelled { return false }
    sched_yield()
  }
  return true
}

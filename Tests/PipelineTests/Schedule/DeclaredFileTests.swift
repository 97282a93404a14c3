import Foundation
import Pipeline
import Testing

/// Files that change, or are slow to read, while a run goes on.
@Suite struct DeclaredFileTests {
  private let harness: Harness
  private let file: URL

  init() throws {
    harness = try Harness()
    file = harness.folder.url.appending(path: "data")
    try Data("old".utf8).write(to: file)
  }

  private func node(_ name: String, _ inputs: [String] = []) -> Node {
    Node(name, inputs).with { $0.file = file.path }
  }

  @Test func aFileThatChangesWhileItsStageRunsGivesNoResult() throws {
    let record = try harness.run([node("a")]) { [file] text, _, _ in
      try Data("new".utf8).write(to: file)
      return text
    }
    #expect(
      record.instances[0].failure
        == AttemptFailure(
          .environment, at: "data", "the file changed while the stage ran",
          why: "the result would be stored under the old content", fix: "run again"))
    try Data("old".utf8).write(to: file)
    #expect(try harness.run([node("a")]).states == ["a: done"])
  }

  @Test func aRetryHashesAChangedFileAgain() throws {
    let retried = node("a").with {
      $0.resources.maxRetries = 1
      $0.resources.retryCauses = [.failed]
    }
    let record = try harness.run([retried]) { [file] text, _, _ in
      try Data("new".utf8).write(to: file)
      return text
    }
    #expect(record.states == ["a: done"])
    #expect(record.instances[0].attemptCount == 2)
    #expect(try harness.run([node("a")]).states == ["a: cached"])
  }

  @Test func aRunSeesOneContentOfAFile() throws {
    let nodes = [node("a"), Node("change", ["a"]), node("b", ["change"])]
    let record = try harness.run(nodes) { [file] text, job, _ in
      if text == "change" { try Data("new".utf8).write(to: file) }
      return text
    }
    #expect(record.states == ["a: done", "change: done", "b: failed"])
    #expect(record.instances[2].failure?.what == "the file changed while the stage ran")
  }

  /// What was written into a pipe can be read once only.
  @Test func aPlanReadsEachFileOnce() throws {
    let pipe = harness.folder.url.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    Thread.detachNewThread {
      let end = open(pipe, O_WRONLY)
      _ = write(end, "x", 1)
      close(end)
    }
    let nodes = ["a", "b"].map { name in Node(name).with { $0.file = pipe } }
    let plan = try Planner(nil, dataFolders: DataFolders([])).plan(Graph(nodes))
    #expect(plan.states.count == 2)
  }

  /// "late" has been skipped when its file's hash is there, for what it waits on broke; or it has
  /// been looked up a second time, and two hashes come.
  @Test(arguments: [true, false])
  func aHashThatComesTooLateRevivesNobody(breaks: Bool) throws {
    let pipe = harness.folder.url.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    let source = Node("source", text: largeText)
    _ = try harness.run([source, Node("user", ["source"])])
    let hash = SHA256.hex(of: largeText)
    let artifact = try #require(harness.folder.artifactFiles.first { $0.hasSuffix(hash) })
    try FileManager.default.removeItem(atPath: artifact)
    try Data(repeating: 1, count: largeText.utf8.count).write(to: URL(filePath: artifact))

    // Files are hashed one after the other; the first blocks until somebody writes.
    let nodes = [
      Node("slow").with { $0.file = pipe }, source,
      node("late", ["source"]), Node("user", ["source"], text: "changed"), node("free"),
    ]
    let other = try Harness(sharing: harness)
    let record = try other.run(
      nodes, jobs: 2, options: .with { $0.keepsGoing = true },
      body: { text, _, _ in
        if text == largeText, breaks { throw StageFailure(at: "source", "it broke") }
        return text
      },
      observer: { event in
        guard case .ended(1, let record) = event, record.state != .cached else { return }
        // Only now can anything be hashed.
        let end = open(pipe, O_WRONLY)
        _ = write(end, "x", 1)
        close(end)
      })
    let ends =
      breaks
      ? ["source: failed", "late: skipped", "user: skipped"]
      : ["source: done", "late: done", "user: done"]
    #expect(record.states == ["slow: failed"] + ends + ["free: done"])
    #expect(record.instances[2].skipReason == (breaks ? .upstream(1) : nil))
    #expect(other.started.values.count { $0 == "late" } == (breaks ? 0 : 1))
  }
}

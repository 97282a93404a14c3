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
}

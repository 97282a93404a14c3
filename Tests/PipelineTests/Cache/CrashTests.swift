import Foundation
import Pipeline
import Testing

/// Kills a process at each step of the commit protocol and looks at what the next start makes of
/// what it left behind.
@Suite struct CrashTests {
  @Test(arguments: CrashPoint.Step.allCases)
  func theNextStartCleansUpAndLosesNothing(step: CrashPoint.Step) async throws {
    let folder = try TemporaryFolder()
    do {
      let store = try Store(folder.workspace)
      _ = try store.compute("earlier", ["out": "kept"])
    }
    let root = folder.workspace.root.path
    let name = step.rawValue
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [root = root as String, name = name as String] in
      let store = try Store(
        Workspace(URL(filePath: root)),
        crashPoint: CrashPoint(environment: ["PIPELINE_CRASH_AT": name]))
      _ = try store.compute("k", ["large": largeText, "small": "s"])
    }
    let leftBehind = folder.names(in: "tmp")
    #expect(leftBehind.count == (step == .locked ? 0 : 1))

    let store = try Store(folder.workspace)
    #expect(folder.names(in: "tmp").isEmpty)
    #expect(folder.names(in: "locks").count == 1, "only our own lock remains")
    #expect(try store.action("earlier")?.outputs.count == 1)
    let states = try folder.texts("SELECT state FROM run ORDER BY id DESC LIMIT 1")
    #expect(states == ["lost"])
    let again = try store.compute("k", ["large": largeText, "small": "s"])
    #expect(again.isShared == (step == .committed))
    #expect(try store.action("k")?.outputs.map(\.slot) == ["large", "small"])
    #expect(folder.artifactFiles.count == 1)
  }

  @Test func aCrashPointOutsideTheListDoesNothing() throws {
    let folder = try TemporaryFolder()
    let store = try Store(
      folder.workspace, crashPoint: CrashPoint(environment: ["PIPELINE_CRASH_AT": "nowhere"]))
    #expect(try store.compute("k", ["out": "x"]).computed != nil)
  }

  @Test func theFolderOfALivingProcessIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let store = try Store(folder.workspace)
    let run = try store.beginRun(experiment: "e", file: "f", profile: "p")
    let attempt = Attempt(key: "k", run: run.id, instance: "i", number: 1)
    _ = try store.compute(attempt, parts: KeyParts(stored: [])) { path in
      _ = try Store(folder.workspace)
      #expect(FileManager.default.fileExists(atPath: path))
      let states = try folder.texts("SELECT state FROM run")
      #expect(states == ["running"])
      return ([], Cost())
    }
  }
}
